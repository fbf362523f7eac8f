"""The epilogue in Triton's interpreter, held to torch's own operators. On a GPU it has not been run."""

from types import ModuleType

import pytest
import torch

from tests.device.kernels.kinds import Compile, Interpreted

LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


@pytest.fixture(scope="module")
def epilogue(interpreted: Interpreted) -> ModuleType:
    return interpreted("epilogue")


def a_map(shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    made = torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))
    return (4 * made).to(dtype).contiguous(memory_format=LAYOUTS[len(shape)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("shape", [(2, 24, 9, 7), (1, 130, 3, 5), (3, 5, 1, 1), (2, 48, 3, 4, 5)])
@pytest.mark.parametrize("ends", [(None, None), (0.0, None), (0.0, 6.0), (None, 1.0)])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("with_residual", [False, True])
def test_it_is_one_pass_of_what_torch_does_in_several(
    epilogue: ModuleType,
    dtype: torch.dtype,
    shape: tuple[int, ...],
    ends: tuple[float | None, float | None],
    with_bias: bool,
    with_residual: bool,
) -> None:
    value = a_map(shape, dtype)
    bias = torch.linspace(-2, 2, shape[1]).to(dtype) if with_bias else None
    residual = a_map(shape, dtype).flip(0).contiguous(memory_format=LAYOUTS[len(shape)])
    wanted = value.float()
    if bias is not None:
        wanted = wanted + bias.float().reshape(-1, *[1] * (len(shape) - 2))
    if with_residual:
        wanted = wanted + residual.float()
    wanted = wanted if ends == (None, None) else wanted.clamp(*ends)
    epilogue.finish(value, bias, residual if with_residual else None, ends)
    # The interpreter does not round to the nearest bfloat16.
    rounding = 2**-7 if dtype == torch.bfloat16 else 0.0
    torch.testing.assert_close(value.float(), wanted.to(dtype).float(), rtol=rounding, atol=0)


def test_what_is_no_number_stays_so(epilogue: ModuleType) -> None:
    value = a_map((1, 16, 2, 2))
    value[0, 3, 1, 1] = torch.nan
    epilogue.finish(value, None, None, (0.0, 6.0))
    assert value.isnan().sum() == 1
    assert value[0, 3, 1, 1].isnan()


def test_few_lanes_lie_past_the_last_channel(epilogue: ModuleType) -> None:
    found = {channels: epilogue.channels_at_once(channels) for channels in (16, 24, 96, 144, 576, 2048)}
    assert found == {16: 16, 24: 32, 96: 32, 144: 16, 576: 64, 2048: 128}


def test_it_compiles_for_gpus_that_are_not_here(compile_with: Compile) -> None:
    compile_with("""
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from foveate.device.kernels.epilogue import _finish

kinds = (90, "*bf16", (1, 1, 1, 0)), (75, "*fp16", (1, 0, 1, 1))
for capability, kind, flags in kinds:
    types = [kind] * 3 + ["i32"] * 2 + ["fp32"] * 2 + ["constexpr"] * 6
    constants = dict(zip(_finish.arg_names[7:], (*map(bool, flags), 64, 64), strict=True))
    named = {(_finish.arg_names.index(name),): value for name, value in constants.items()}
    source = ASTSource(_finish, dict(zip(_finish.arg_names, types, strict=True)), named)
    assert triton.compile(source, target=GPUTarget("cuda", capability, 32)).asm["cubin"]
""")
