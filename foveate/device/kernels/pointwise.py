"""Convolutions of one pixel as matrix products, with shift, bias, residual and clamp, in one pass.

A library's product alone leaves the epilogue to a second pass, which takes as long again where channels are
few and the product waits for memory anyway.
"""

import triton
import triton.language as tl
from torch import Tensor

from foveate.device.convolution import Ends
from foveate.device.kernels.epilogue import clamped, flags, numbers
from foveate.device.kernels.shift import offsets, places_in_video
from foveate.device.temporal_shift import Shift

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
    shift: Shift | None = None,
) -> None:
    """Enqueue ``out = clamp(weight of each shifted pixel + bias + residual)`` on the current stream.

    Sums are in float32. Maps are half precision, channels last in memory, in multiples of ``EIGHT``.

    Args:
        value: (n, C, ...).
        weight: (K, C), contiguous.
        bias: (K,).
        residual: of the shape and layout of ``out``.
        ends: of the clamp.
        deep: channels of ``value`` at a time, which share a program's memory.
        out: (n, K, ...).
        shift: of the value in time, of channels in multiples of ``EIGHT``; None for none.
    """
    channels, depth = weight.shape[:2]
    area, frames, part = (0, 0, 0) if shift is None else (out[0, 0].numel(), *shift)
    pixels, across = out.numel() // channels, 128 if channels % 128 == 0 else 64
    after = [out if one is None else one for one in (bias, residual)]
    _pointwise[(triton.cdiv(pixels, ROWS) * triton.cdiv(channels, across),)](
        *(value, weight, *after, out),
        *(pixels, depth // EIGHT, channels // EIGHT, area, area * frames, part // EIGHT),
        *numbers(ends),
        SHIFT=shift is not None,
        **flags(bias, residual, ends),
        ROWS=ROWS,
        ACROSS=across,
        DEEP=deep,
        num_warps=across // 16,
        num_stages=_STAGES,
    )


# fmt: off
# These differ from layer to layer, and a kernel for each of them would be no quicker.
@triton.jit(do_not_specialize=["area", "length", "part_eighths"])
def _pointwise(
    value, weight, bias, residual, out, pixels, depth_eighths, channel_eighths,
    area, length, part_eighths, low, high,
    SHIFT: tl.constexpr,
    BIAS: tl.constexpr, RESIDUAL: tl.constexpr, LOW: tl.constexpr, HIGH: tl.constexpr,
    ROWS: tl.constexpr, ACROSS: tl.constexpr, DEEP: tl.constexpr,
):
    # fmt: on
    """One program: ROWS pixels of ACROSS channels; those that share pixels follow one another.

    ``area`` is the pixels of a frame, ``length`` those of a video.
    """
    depth, channels = depth_eighths * 8, channel_eighths * 8
    wide = (channels + ACROSS - 1) // ACROSS
    start = (tl.program_id(0) // wide).to(tl.int64) * ROWS
    pixel = start + tl.arange(0, ROWS)
    channel = tl.program_id(0) % wide * ACROSS + tl.arange(0, ACROSS)
    there, known = pixel < pixels, channel < channels
    if SHIFT:
        numbered = places_in_video(start, length, ROWS)
    total = tl.full((ROWS, ACROSS), 0, tl.float32)
    for first in range(0, depth, DEEP):
        deep = first + tl.arange(0, DEEP)
        within = deep < depth
        taken, wanted = deep, there[:, None] & within[None, :]
        if SHIFT:
            ahead = offsets(deep, part_eighths * 8) * area
            taken = deep + ahead * depth
            source = numbered[:, None] + ahead[None, :]
            wanted = wanted & (source >= 0) & (source < length)
        seen = tl.load(value + pixel[:, None] * depth + taken[None, :], mask=wanted, other=0)
        factors = weight + channel[None, :] * depth + deep[:, None]
        total = tl.dot(seen, tl.load(factors, mask=within[:, None] & known[None, :], other=0), total)
    place = pixel[:, None] * channels + channel[None, :]
    inside = there[:, None] & known[None, :]
    if BIAS:
        total += tl.load(bias + channel, mask=known, other=0).to(tl.float32)[None, :]
    if RESIDUAL:
        total += tl.load(residual + place, mask=inside, other=0).to(tl.float32)
    tl.store(out + place, clamped(total, low, high, LOW, HIGH), mask=inside)
