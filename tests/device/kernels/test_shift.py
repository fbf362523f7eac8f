"""The temporal shift in Triton's interpreter, held to torch's. On a GPU it has not been run."""

from types import ModuleType

import pytest
import torch

from foveate.device.temporal_shift import temporal_shift
from tests.device.kernels.kinds import Compile, Interpreted


@pytest.fixture(scope="module")
def kernel(interpreted: Interpreted) -> ModuleType:
    return interpreted("shift")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    ("videos", "shape", "shift"),
    [
        (3, (24, 5, 7), (4, 3)),
        (1, (64, 9, 11), (8, 8)),
        (2, (160, 2, 3), (3, 16)),
        # More videos than a program has pixels, of a pixel a frame.
        (70, (130, 1, 1), (2, 13)),
        # No channel is left in its place, and no frame has a neighbour.
        (2, (8, 3, 3), (5, 4)),
        (3, (8, 3, 3), (1, 2)),
    ],
)
def test_any_map_is_shifted(
    kernel: ModuleType,
    videos: int,
    shape: tuple[int, int, int],
    shift: tuple[int, int],
    dtype: torch.dtype,
) -> None:
    generator = torch.Generator().manual_seed(1)
    value = torch.randn((videos * shift[0], *shape), generator=generator).to(dtype)
    value = value.contiguous(memory_format=torch.channels_last)
    out = torch.full_like(value, torch.nan)
    kernel.shifted(value, shift, out)
    assert torch.equal(out, temporal_shift(value, shift))


def test_it_compiles_for_gpus_that_are_not_here(compile_with: Compile) -> None:
    compile_with("""
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from foveate.device.kernels.shift import _shift

# As many bytes at once as the channels that move allow.
kinds = (90, "*fp16", 8, "v4.b32"), (80, "*fp16", 4, "v2.b32"), (75, "*fp32", 1, "b32")
for capability, kind, at_once, width in kinds:
    types = [kind] * 2 + ["i64"] + ["i32"] * 4 + ["constexpr"] * 3
    constants = dict(AT_ONCE=at_once, DOWN=64, ACROSS=64)
    named = {(_shift.arg_names.index(name),): value for name, value in constants.items()}
    aligned = {(place,): [["tt.divisibility", 16]] for place in range(2)}
    source = ASTSource(_shift, dict(zip(_shift.arg_names, types, strict=True)), named, aligned)
    made = triton.compile(source, target=GPUTarget("cuda", capability, 32))
    assert made.asm["cubin"]
    for access in "ld.global." + width, "st.global." + width:
        assert access in made.asm["ptx"], (capability, access)
""")
