"""The Triton kernel in Triton's interpreter, held to the CPU form. On a GPU it has not been run."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.device.pixels import Look, affine_of
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look as reference
from tests.device.kernels.kinds import Compile, Interpreted

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDES = (18, 14)
OPERATIONS = sorted(PixelOperation)


@pytest.fixture(scope="module")
def look(interpreted: Interpreted) -> Look:
    kernel: Look = interpreted("look").look
    return kernel


def compare(
    look: Look,
    operation: PixelOperation,
    rectangles: Sequence[tuple[float, ...]],
    size: tuple[int, int],
    dtype: torch.dtype = torch.float32,
    layout: torch.memory_format = torch.contiguous_format,
) -> None:
    """Look through both forms at slots and rectangles that do not lie in order."""
    rng = np.random.default_rng(3)
    slab = rng.integers(0, 256, (5, SIDES[0] * SIDES[1] * 3 + 11), np.uint8)
    frames = slab[:, :-11].reshape(5, *SIDES, 3)
    slots = rng.integers(0, 5, len(rectangles))
    rows = rng.permutation(len(rectangles))
    table = np.array(rectangles, np.float32)
    pixels = Pixels(operation=operation, height=size[0], width=size[1])
    wanted = np.empty((len(rows), 3, *size), np.float32)
    reference([frames[s] for s in slots], table[rows], pixels, Normaliser.of(MEAN, STD), wanted)
    out = torch.full(wanted.shape, torch.nan, dtype=dtype).contiguous(memory_format=layout)
    strides = (slab.shape[1], SIDES[1] * 3, 3, 1)
    seen = torch.from_numpy(slab).as_strided(frames.shape, strides)
    chosen, places, order = (torch.from_numpy(array) for array in (slots, table, rows))
    look(seen, chosen, places, order, pixels, torch.tensor(affine_of(MEAN, STD)), out)
    # One step between the numbers from 2 to 4.
    tolerance = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}[dtype]
    np.testing.assert_allclose(out.float().numpy(), wanted, atol=tolerance, rtol=0)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_any_rectangle_is_seen_as_on_the_cpu(
    look: Look, data: st.DataObject, operation: PixelOperation
) -> None:
    size = data.draw(st.tuples(st.integers(1, 17), st.integers(1, 13)))
    if operation is PixelOperation.CUT:
        corner = st.tuples(st.integers(0, SIDES[0] - size[0]), st.integers(0, SIDES[1] - size[1]))
        corners = data.draw(st.lists(corner, min_size=1, max_size=3))
        compare(look, operation, [(*c, *size) for c in corners], size)
    else:
        place, length = st.floats(-6, 20, width=32), st.floats(1, 30, width=32)
        one = st.tuples(place, place, length, length)
        compare(look, operation, data.draw(st.lists(one, min_size=1, max_size=3)), size)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_layout_and_precision_are_those_of_the_input(
    look: Look, operation: PixelOperation, dtype: torch.dtype, layout: torch.memory_format
) -> None:
    # More pixels than one block of the kernel, and not a multiple of it.
    compare(look, operation, [(0, 1, 17, 13), (1, 0, 17, 13)], (17, 13), dtype, layout)


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from foveate.device.kernels.look import BLOCK, _look

types = ["*u8", "*i64", "*fp32", "*i64", "*fp32", "", "i64", *["i32"] * 4, *["constexpr"] * 3]
kinds = (90, 0, "*fp16", True), (75, 1, "*fp32", False), (90, 2, "*bf16", True), (90, 3, "*fp16", True)
for capability, mode, out, last in kinds:
    signature = dict(zip(_look.arg_names, types, strict=True)) | {"out": out}
    constants = {"MODE": mode, "LAST": last, "BLOCK": BLOCK}
    named = {(_look.arg_names.index(name),): value for name, value in constants.items()}
    target = GPUTarget("cuda", capability, 32)
    assert triton.compile(ASTSource(_look, signature, named), target=target).asm["cubin"]
"""


def test_it_compiles_for_gpus_that_are_not_here(compile_with: Compile) -> None:
    compile_with(COMPILE)
