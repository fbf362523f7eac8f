"""What follows a convolution, in one pass: bias, residual, clamp.

Alone, each of the three reads and writes the whole map once more, which takes longer than the convolution.
"""

import triton
import triton.language as tl
from torch import Tensor

from foveate.device.convolution import Ends

ELEMENTS = 4096
"""Of the map in one program."""


def finish(value: Tensor, bias: Tensor | None, residual: Tensor | None, ends: Ends) -> None:
    """Enqueue ``clamp(value + bias + residual)`` in place on the current stream.

    Reckoned in float32, whatever the tensors are in, and rounded once. What is no number stays so.

    Args:
        value: (n, C, ...), dense with channels last in memory.
        bias: (C,).
        residual: of the shape and layout of ``value``.
        ends: of the clamp.
    """
    channels = value.shape[1]
    pixels = value.numel() // channels
    across = channels_at_once(channels)
    down = ELEMENTS // across
    _finish[triton.cdiv(pixels, down), triton.cdiv(channels, across)](
        value,
        value if bias is None else bias,
        value if residual is None else residual,
        pixels,
        channels,
        *numbers(ends),
        **flags(bias, residual, ends),
        DOWN=down,
        ACROSS=across,
    )


def numbers(ends: Ends) -> tuple[float, float]:
    """A clamp's ends for a kernel, which is told apart which of them there are."""
    low, high = ends
    return 0.0 if low is None else low, 0.0 if high is None else high


def flags(bias: Tensor | None, residual: Tensor | None, ends: Ends) -> dict[str, bool]:
    """Which parts of an epilogue there are, as a kernel is told."""
    low, high = ends
    parts = {"BIAS": bias, "RESIDUAL": residual, "LOW": low, "HIGH": high}
    return {name: part is not None for name, part in parts.items()}


def channels_at_once(channels: int) -> int:
    """Channels that one program takes: a power of two from 16 to 128, of which few lie past the end."""
    sizes = (128, 64, 32, 16)
    return min(sizes, key=lambda size: (-channels % size) / (channels + -channels % size))


@triton.jit
def clamped(total, low, high, LOW: tl.constexpr, HIGH: tl.constexpr):
    """Compared, not taken the maximum of, so that what is no number stays so."""
    if LOW:
        total = tl.where(total < low, low, total)
    if HIGH:
        total = tl.where(total > high, high, total)
    return total


@triton.jit
def _finish(
    value,
    bias,
    residual,
    pixels,
    channels,
    low,
    high,
    BIAS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    LOW: tl.constexpr,
    HIGH: tl.constexpr,
    DOWN: tl.constexpr,
    ACROSS: tl.constexpr,
):
    """One program: DOWN pixels of ACROSS channels."""
    pixel = tl.program_id(0).to(tl.int64) * DOWN + tl.arange(0, DOWN)
    channel = tl.program_id(1) * ACROSS + tl.arange(0, ACROSS)
    place = pixel[:, None] * channels + channel[None, :]
    inside = (pixel < pixels)[:, None] & (channel < channels)[None, :]
    total = tl.load(value + place, mask=inside, other=0).to(tl.float32)
    if BIAS:
        total += tl.load(bias + channel, mask=channel < channels, other=0).to(tl.float32)[None, :]
    if RESIDUAL:
        total += tl.load(residual + place, mask=inside, other=0).to(tl.float32)
    tl.store(value + place, clamped(total, low, high, LOW, HIGH), mask=inside)
