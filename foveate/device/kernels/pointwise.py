"""Convolutions of one pixel as matrix products, with bias, residual and clamp, in one pass.

A library's product alone leaves the epilogue to a second pass, which takes as long again where channels are
few and the product waits for memory anyway.
"""

import triton
import triton.language as tl
from torch import Tensor

from foveate.device.convolution import Ends
from foveate.device.kernels.epilogue import clamped, flags, numbers

ROWS = 128
"""Pixels in one program."""
EIGHT = 8
"""Channels, sixteen bytes, that are read at once: that there are so many eighths tells the compiler so."""
_STAGES = 3


def pointwise(
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    residual: Tensor | None,
    ends: Ends,
    deep: int,
    out: Tensor,
) -> None:
    """Enqueue ``out = clamp(weight of each pixel + bias + residual)`` on the current stream.

    Sums are in float32. Maps are half precision, channels last in memory, in multiples of ``EIGHT``.

    Args:
        value: (n, C, ...).
        weight: (K, C), contiguous.
        bias: (K,).
        residual: of the shape and layout of ``out``.
        ends: of the clamp.
        deep: channels of ``value`` at a time, which share a program's memory.
        out: (n, K, ...).
    """
    channels, depth = weight.shape[:2]
    pixels = out.numel() // channels
    across = 128 if channels % 128 == 0 else 64
    _pointwise[(triton.cdiv(pixels, ROWS) * triton.cdiv(channels, across),)](
        value,
        weight,
        out if bias is None else bias,
        out if residual is None else residual,
        out,
        *(pixels, depth // EIGHT, channels // EIGHT),
        *numbers(ends),
        **flags(bias, residual, ends),
        ROWS=ROWS,
        ACROSS=across,
        DEEP=deep,
        num_warps=across // 16,
        num_stages=_STAGES,
    )


# fmt: off
@triton.jit
def _pointwise(
    value, weight, bias, residual, out, pixels, depth_eighths, channel_eighths, low, high,
    BIAS: tl.constexpr, RESIDUAL: tl.constexpr, LOW: tl.constexpr, HIGH: tl.constexpr,
    ROWS: tl.constexpr, ACROSS: tl.constexpr, DEEP: tl.constexpr,
):
    # fmt: on
    """One program: ROWS pixels of ACROSS channels; those that share pixels follow one another."""
    depth, channels = depth_eighths * 8, channel_eighths * 8
    wide = (channels + ACROSS - 1) // ACROSS
    pixel = (tl.program_id(0) // wide).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    channel = tl.program_id(0) % wide * ACROSS + tl.arange(0, ACROSS)
    there, known = pixel < pixels, channel < channels
    total = tl.full((ROWS, ACROSS), 0, tl.float32)
    for first in range(0, depth, DEEP):
        deep = first + tl.arange(0, DEEP)
        within = deep < depth
        places = value + pixel[:, None] * depth + deep[None, :]
        seen = tl.load(places, mask=there[:, None] & within[None, :], other=0)
        factors = weight + channel[None, :] * depth + deep[:, None]
        total = tl.dot(seen, tl.load(factors, mask=within[:, None] & known[None, :], other=0), total)
    place = pixel[:, None] * channels + channel[None, :]
    inside = there[:, None] & known[None, :]
    if BIAS:
        total += tl.load(bias + channel, mask=known, other=0).to(tl.float32)[None, :]
    if RESIDUAL:
        total += tl.load(residual + place, mask=inside, other=0).to(tl.float32)
    tl.store(out + place, clamped(total, low, high, LOW, HIGH), mask=inside)
