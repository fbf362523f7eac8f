"""The temporal shift of channels-last maps, in one pass."""

from math import gcd

import triton
import triton.language as tl
from torch import Tensor

from foveate.device.kernels.epilogue import ELEMENTS, channels_at_once
from foveate.device.temporal_shift import Shift

EIGHT = 8
"""Channels that are read at once at the most."""


def shifted(value: Tensor, shift: Shift, out: Tensor) -> None:
    """Enqueue ``temporal_shift`` on the current stream.

    Args:
        value: frames of whole videos (videos * frames, C, H, W), dense with channels last in memory.
        shift: by how much.
        out: of the shape and layout of ``value``.
    """
    channels, area = value.shape[1], value.shape[2] * value.shape[3]
    frames, part = shift
    at_once = gcd(channels, part, EIGHT)
    pixels, across = value.numel() // channels, channels_at_once(channels)
    down = ELEMENTS // across
    _shift[triton.cdiv(pixels, down), triton.cdiv(channels, across)](
        value,
        out,
        *(pixels, area, area * frames),
        *(channels // at_once, part // at_once),
        AT_ONCE=at_once,
        DOWN=down,
        ACROSS=across,
    )


@triton.jit
def offsets(channel, part):
    """The frame that a channel is taken from: 1 for the next one, -1 for the one before."""
    return tl.where(channel < part, 1, tl.where(channel < 2 * part, -1, 0))


@triton.jit
def places_in_video(first, length, ROWS: tl.constexpr):
    """Of ROWS pixels from one on their numbers in their videos of that length."""
    # One division of the wide number, not one for each pixel.
    return ((first % length).to(tl.int32) + tl.arange(0, ROWS)) % length


# fmt: off
# These differ from map to map, and a kernel for each of them would be no quicker.
@triton.jit(do_not_specialize=["area", "length"])
def _shift(
    value, out, pixels, area, length, channel_units, part_units,
    AT_ONCE: tl.constexpr, DOWN: tl.constexpr, ACROSS: tl.constexpr,
):
    # fmt: on
    """One program: DOWN pixels of ACROSS channels; ``length`` is the pixels of a video."""
    channels, part = channel_units * AT_ONCE, part_units * AT_ONCE
    first = tl.program_id(0).to(tl.int64) * DOWN
    pixel = first + tl.arange(0, DOWN)
    channel = tl.program_id(1) * ACROSS + tl.arange(0, ACROSS)
    inside = (pixel < pixels)[:, None] & (channel < channels)[None, :]
    ahead = offsets(channel, part) * area
    taken = places_in_video(first, length, DOWN)[:, None] + ahead[None, :]
    place = pixel[:, None] * channels
    source = value + place + (channel + ahead * channels)[None, :]
    seen = tl.load(source, mask=inside & (taken >= 0) & (taken < length), other=0)
    tl.store(out + place + channel[None, :], seen, mask=inside)
