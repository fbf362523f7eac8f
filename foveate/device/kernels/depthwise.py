"""Depthwise convolution between channels-last maps, with bias and clamp, in one pass."""

from collections.abc import Sequence

import triton
import triton.language as tl
from torch import Tensor

from foveate.device.convolution import Ends
from foveate.device.kernels.epilogue import channels_at_once, clamped, numbers

ROWS, COLUMNS = 4, 8
"""Output pixels in one program."""


def depthwise(
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    steps: tuple[Sequence[int], Sequence[int]],
    ends: Ends,
    out: Tensor,
) -> None:
    """Enqueue ``out = clamp(convolution(value) + bias)`` on the current stream.

    Sums are in float32, whatever the tensors are in. Maps of two dimensions are videos of one frame.

    Args:
        value: (n, C, T, H, W), dense with channels last in memory.
        weight: (kernel T, kernel H, kernel W, C), contiguous.
        bias: (C,).
        steps: strides in T, H and W, and the zeros before and after each.
        ends: of the clamp.
        out: (n, C, T, H, W) of the convolution, laid out as ``value``.
    """
    frames, (height, width), channels = out.shape[0] * out.shape[2], out.shape[3:], out.shape[1]
    across = min(channels_at_once(channels), 64)
    tiles = triton.cdiv(height, ROWS) * triton.cdiv(width, COLUMNS)
    _depthwise[frames * tiles, triton.cdiv(channels, across)](
        value,
        weight,
        value if bias is None else bias,
        out,
        channels,
        *(*value.shape[2:], *out.shape[2:]),
        *numbers(ends),
        *(*weight.shape[:3], *steps[0], *steps[1]),
        BIAS=bias is not None,
        LOW=ends[0] is not None,
        HIGH=ends[1] is not None,
        ROWS=ROWS,
        COLUMNS=COLUMNS,
        ACROSS=across,
    )


# fmt: off
@triton.jit
def _depthwise(
    value, weight, bias, out, channels,
    frames, height, width, out_frames, out_height, out_width,
    low, high,
    KERNEL_T: tl.constexpr, KERNEL_H: tl.constexpr, KERNEL_W: tl.constexpr,
    STRIDE_T: tl.constexpr, STRIDE_H: tl.constexpr, STRIDE_W: tl.constexpr,
    PAD_T: tl.constexpr, PAD_H: tl.constexpr, PAD_W: tl.constexpr,
    BIAS: tl.constexpr, LOW: tl.constexpr, HIGH: tl.constexpr,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, ACROSS: tl.constexpr,
):
    # fmt: on
    """One program: ROWS x COLUMNS pixels of ACROSS channels of one output frame."""
    wide = (out_width + COLUMNS - 1) // COLUMNS
    tiles = wide * ((out_height + ROWS - 1) // ROWS)
    pixel = tl.arange(0, ROWS * COLUMNS)
    # The frame is the same in the whole program, but Triton's interpreter mixes no scalars into masks.
    frame, tile = tl.program_id(0) // tiles + 0 * pixel, tl.program_id(0) % tiles
    row, column = tile // wide * ROWS + pixel // COLUMNS, tile % wide * COLUMNS + pixel % COLUMNS
    channel = tl.program_id(1) * ACROSS + tl.arange(0, ACROSS)
    there = channel < channels
    first = (frame // out_frames).to(tl.int64) * frames
    total = tl.full((ROWS * COLUMNS, ACROSS), 0, tl.float32)
    for tap in tl.static_range(KERNEL_T * KERNEL_H * KERNEL_W):
        t = frame % out_frames * STRIDE_T - PAD_T + tap // (KERNEL_H * KERNEL_W)
        y = row * STRIDE_H - PAD_H + tap // KERNEL_W % KERNEL_H
        x = column * STRIDE_W - PAD_W + tap % KERNEL_W
        inside = (t >= 0) & (t < frames) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
        place = (((first + t) * height + y) * width + x) * channels
        both = inside[:, None] & there[None, :]
        seen = tl.load(value + place[:, None] + channel[None, :], mask=both, other=0)
        factor = tl.load(weight + tap * channels + channel, mask=there, other=0)
        total += seen.to(tl.float32) * factor.to(tl.float32)[None, :]
    if BIAS:
        total += tl.load(bias + channel, mask=there, other=0).to(tl.float32)[None, :]
    place = ((frame.to(tl.int64) * out_height + row) * out_width + column) * channels
    inside = ((row < out_height) & (column < out_width))[:, None] & there[None, :]
    tl.store(out + place[:, None] + channel[None, :], clamped(total, low, high, LOW, HIGH), mask=inside)
