"""Convolutions of one pixel in Triton's interpreter, held to torch's. On a GPU they have not been run."""

from types import ModuleType

import pytest
import torch

from foveate.device.temporal_shift import temporal_shift
from tests.device.kernels.kinds import Compile, Interpreted


@pytest.fixture(scope="module")
def kernel(interpreted: Interpreted) -> ModuleType:
    return interpreted("pointwise")


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("pixels", "depth", "channels", "deep"),
    [
        ((2, 11, 9), 48, 80, 32),
        ((1, 3, 5), 160, 128, 64),
        ((2, 2, 3, 5), 16, 64, 64),
        ((1, 9, 15), 24, 40, 64),
    ],
)
@pytest.mark.parametrize("ends", [(None, None), (0.0, None), (0.0, 6.0)])
@pytest.mark.parametrize("kind", ["bias", "residual", "both"])
def test_any_convolution_of_one_pixel(
    kernel: ModuleType,
    pixels: tuple[int, ...],
    depth: int,
    channels: int,
    deep: int,
    ends: tuple[float | None, float | None],
    kind: str,
) -> None:
    dtype = torch.float16
    layout = {3: torch.channels_last, 4: torch.channels_last_3d}[len(pixels)]
    value = drawn(1, *pixels, depth).movedim(-1, 1).to(dtype)
    weight = (drawn(2, channels, depth) / depth**0.5).to(dtype)
    bias = drawn(3, channels).to(dtype) if kind != "residual" else None
    residual = drawn(4, *pixels, channels).movedim(-1, 1).to(dtype) if kind != "bias" else None
    assert value.is_contiguous(memory_format=layout)
    wanted = torch.einsum("nc...,kc->nk...", value.float(), weight.float())
    if bias is not None:
        wanted = wanted + bias.float().reshape(-1, *[1] * (len(pixels) - 1))
    if residual is not None:
        wanted = wanted + residual.float()
    wanted = wanted if ends == (None, None) else wanted.clamp(*ends)
    out = torch.full(tuple(wanted.shape), torch.nan, dtype=dtype).contiguous(memory_format=layout)
    kernel.pointwise(value, weight, bias, residual, ends, deep, out)
    torch.testing.assert_close(out.float(), wanted, rtol=1e-3, atol=4e-3)


@pytest.mark.parametrize(
    ("videos", "sides", "depth", "shift", "deep"),
    [
        (2, (5, 7), 64, (3, 8), 32),
        # Parts that end within the channels taken at a time, that are all of them, many videos in a program.
        (1, (9, 11), 96, (4, 24), 64),
        (3, (3, 5), 32, (2, 16), 64),
        (40, (1, 1), 16, (7, 8), 32),
        (2, (4, 4), 128, (1, 16), 32),
    ],
)
def test_neighbours_in_time_are_read_by_the_product(
    kernel: ModuleType,
    videos: int,
    sides: tuple[int, int],
    depth: int,
    shift: tuple[int, int],
    deep: int,
) -> None:
    value = drawn(1, videos * shift[0], *sides, depth).movedim(-1, 1).half()
    weight = (drawn(2, 80, depth) / depth**0.5).half()
    bias, residual = drawn(3, 80).half(), drawn(4, len(value), *sides, 80).movedim(-1, 1).half()
    wanted = torch.einsum("nchw,kc->nkhw", temporal_shift(value, shift).float(), weight.float())
    wanted = (wanted + bias.float().reshape(-1, 1, 1) + residual.float()).clamp(0.0, None)
    out = torch.full_like(residual, torch.nan)
    kernel.pointwise(value, weight, bias, residual, (0.0, None), deep, out, shift)
    torch.testing.assert_close(out.float(), wanted, rtol=1e-3, atol=4e-3)


def test_it_compiles_for_gpus_that_are_not_here(compile_with: Compile) -> None:
    compile_with("""
import re
from itertools import product
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from foveate.device.kernels.pointwise import ROWS, _pointwise

flags = dict(BIAS=True, RESIDUAL=True, LOW=True, HIGH=False, ROWS=ROWS)
targets = (90, 128, 64, 227), (80, 64, 32, 99)
for (capability, across, deep, most), shift in product(targets, (False, True)):
    types = ["*fp16"] * 5 + ["i32"] * 6 + ["fp32"] * 2 + ["constexpr"] * 8
    constants = flags | dict(ACROSS=across, DEEP=deep, SHIFT=shift)
    named = {(_pointwise.arg_names.index(name),): value for name, value in constants.items()}
    # Of no number of channels more is known than that it has so many eighths.
    aligned = {(place,): [["tt.divisibility", 16]] for place in range(5)}
    source = ASTSource(_pointwise, dict(zip(_pointwise.arg_names, types, strict=True)), named, aligned)
    options = dict(num_warps=across // 16, num_stages=3)
    made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    assert made.metadata.shared <= most * 1024, made.metadata.shared
    # Matrix units, and loads of sixteen bytes and no others, of neighbours in time too.
    assert {90: "wgmma.mma_async", 80: "mma.sync"}[capability] in made.asm["ptx"]
    assert set(re.findall(r"cp\\.async\\.c[ag]", made.asm["ptx"])) == {"cp.async.cg"}
    assert "st.global.v4.b32" in made.asm["ptx"]
""")
