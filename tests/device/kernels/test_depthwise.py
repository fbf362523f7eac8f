"""The depthwise convolution in Triton's interpreter, held to torch's. On a GPU it has not been run."""

from types import ModuleType

import pytest
import torch
from torch.nn import functional

from tests.device.kernels.kinds import Compile, Interpreted

Three = tuple[int, int, int]


@pytest.fixture(scope="module")
def kernel(interpreted: Interpreted) -> ModuleType:
    return interpreted("depthwise")


FLAT = ((2, 24, 1, 9, 13), (1, 3, 3), (1, 1, 1), (0, 1, 1))


@pytest.mark.parametrize(
    ("shape", "sides", "strides", "pads", "dtype"),
    [
        (*FLAT, torch.float32),
        (*FLAT, torch.float16),
        (*FLAT, torch.bfloat16),
        ((2, 70, 1, 9, 8), (1, 3, 3), (1, 2, 2), (0, 1, 1), torch.float32),
        ((1, 6, 3, 7, 5), (3, 3, 3), (1, 1, 1), (1, 1, 1), torch.float32),
        ((2, 5, 3, 6, 6), (3, 3, 3), (1, 2, 2), (1, 1, 1), torch.float16),
        ((2, 5, 6, 4, 4), (5, 1, 1), (2, 1, 1), (2, 0, 0), torch.float32),
    ],
)
def test_any_depthwise_convolution(
    kernel: ModuleType,
    shape: tuple[int, int, int, int, int],
    sides: Three,
    strides: Three,
    pads: Three,
    dtype: torch.dtype,
) -> None:
    generator, channels = torch.Generator().manual_seed(5), shape[1]
    value = torch.randn(shape, generator=generator).to(dtype)
    value = value.contiguous(memory_format=torch.channels_last_3d)
    weight = torch.randn((channels, *sides), generator=generator).to(dtype)
    bias = torch.randn(channels, generator=generator).to(dtype)
    wanted = functional.conv3d(
        value.float(), weight[:, None].float(), bias.float(), strides, pads, groups=channels
    )
    tolerance = {torch.float32: 1e-6, torch.float16: 1e-3, torch.bfloat16: 8e-3}[dtype]
    for taken, low, high in (bias, 0.0, 6.0), (bias, 0.0, None), (None, None, None):
        out = torch.full(tuple(wanted.shape), torch.nan, dtype=dtype)
        out = out.contiguous(memory_format=torch.channels_last_3d)
        kernel.depthwise(value, weight.movedim(0, -1).contiguous(), taken, (strides, pads), (low, high), out)
        here = wanted if taken is not None else wanted - bias.float()[:, None, None, None]
        here = here if low is None else here.clamp(low, high)
        torch.testing.assert_close(out.float(), here, rtol=tolerance, atol=4 * tolerance)


def test_it_compiles_for_gpus_that_are_not_here(compile_with: Compile) -> None:
    compile_with("""
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from foveate.device.kernels.depthwise import COLUMNS, ROWS, _depthwise

numbers = dict(KERNEL_H=3, KERNEL_W=3, STRIDE_T=1, STRIDE_H=2, STRIDE_W=2, PAD_H=1, PAD_W=1)
numbers |= dict(BIAS=True, LOW=True, ROWS=ROWS, COLUMNS=COLUMNS, ACROSS=32)
for capability, kind, deep, high in (90, "*fp16", 1, True), (75, "*fp32", 3, False):
    types = [kind] * 4 + ["i32"] * 7 + ["fp32"] * 2 + ["constexpr"] * 15
    constants = numbers | dict(KERNEL_T=deep, PAD_T=deep // 2, HIGH=high)
    named = {(_depthwise.arg_names.index(name),): value for name, value in constants.items()}
    source = ASTSource(_depthwise, dict(zip(_depthwise.arg_names, types, strict=True)), named)
    assert triton.compile(source, target=GPUTarget("cuda", capability, 32)).asm["cubin"]
""")
