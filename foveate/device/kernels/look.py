"""The pixel operation on a GPU: one Triton kernel from frames in device slots to a network's input.

It gathers, cuts or resamples, normalises, and writes the layout and precision of ``out``; nothing lies in
between. ``foveate.pixels.operation.look`` is its reference. Run in Triton's interpreter
(``TRITON_INTERPRET=1``) and compiled for GPUs, but not yet run on one.

Imported only where a device is used: it needs Triton and torch.
"""

import triton
import triton.language as tl
from torch import Tensor

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation

BLOCK = 256
MODES = {
    PixelOperation.CUT: 0,
    PixelOperation.NEAREST: 1,
    PixelOperation.BILINEAR: 2,
    PixelOperation.BILINEAR_ALIGNED: 3,
}


def look(
    frames: Tensor,
    slots: Tensor,
    rectangles: Tensor,
    rows: Tensor,
    pixels: Pixels,
    affine: Tensor,
    out: Tensor,
) -> None:
    """Enqueue the pixel operation on the current stream; see ``foveate.device.pixels.Look``."""
    count, _, height, width = out.shape
    _look[count, triton.cdiv(height * width, BLOCK)](
        frames,
        slots,
        rectangles,
        rows,
        affine,
        out,
        frames.stride(0),
        frames.shape[1],
        frames.shape[2],
        height,
        width,
        MODE=MODES[pixels.operation],
        LAST=out.stride(1) == 1 and height * width > 1,
        BLOCK=BLOCK,
        # The reference rounds twice where a GPU would multiply and add at once.
        enable_fp_fusion=False,
    )


@triton.jit
def _line(start, length, count, index, side, MODE: tl.constexpr):
    """Where output lines read along one side; in float64, nearest in float32: as in the reference."""
    if MODE == 1:
        # The ratio is rounded to float32 before it is multiplied with.
        ratio = (length.to(tl.float64) / count).to(tl.float32)
        line = tl.floor(index.to(tl.float32) * ratio + start)
        return tl.minimum(tl.maximum(line, 0.0), side - 1.0).to(tl.float64)
    start, length, place = start.to(tl.float64), length.to(tl.float64), index.to(tl.float64)
    if MODE == 0:
        return start + place
    if MODE == 2:
        return start + (place + 0.5) * (length / count) - 0.5
    return start + place * ((length - 1) / tl.maximum(count - 1, 1))


@triton.jit
def _places(corner, pixel, height, width, out_height, out_width, MODE: tl.constexpr):
    y = _line(tl.load(corner), tl.load(corner + 2), out_height, pixel // out_width, height, MODE)
    x = _line(tl.load(corner + 1), tl.load(corner + 3), out_width, pixel % out_width, width, MODE)
    return y, x


@triton.jit
def _tap(plane, row, column, scale, bias, height, width, inside):
    """The normalised value of one tap of each output pixel; zero where it lies outside the frame."""
    here = inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    level = tl.load(plane + (row * width + column) * 3, mask=here, other=0)
    return tl.where(here, level.to(tl.float32) * scale + bias, 0.0)


@triton.jit
def _look(
    frames,
    slots,
    rectangles,
    rows,
    affine,
    out,
    slot_bytes,
    height,
    width,
    out_height,
    out_width,
    MODE: tl.constexpr,
    LAST: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One program: BLOCK pixels of one look, all three channels; LAST where channels lie last in ``out``."""
    number = tl.program_id(0).to(tl.int64)
    area = out_height * out_width
    pixel = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = pixel < area
    frame = frames + tl.load(slots + number).to(tl.int64) * slot_bytes
    corner = rectangles + tl.load(rows + number).to(tl.int64) * 4
    place_y, place_x = _places(corner, pixel, height, width, out_height, out_width, MODE)
    top, left = tl.floor(place_y), tl.floor(place_x)
    down, right = (place_y - top).to(tl.float32), (place_x - left).to(tl.float32)
    y, x = top.to(tl.int32), left.to(tl.int32)
    for channel in tl.static_range(3):
        scale, bias = tl.load(affine + channel), tl.load(affine + 3 + channel)
        value = _tap(frame + channel, y, x, scale, bias, height, width, inside)
        if MODE >= 2:
            beside = _tap(frame + channel, y, x + 1, scale, bias, height, width, inside)
            below = _tap(frame + channel, y + 1, x, scale, bias, height, width, inside)
            across = _tap(frame + channel, y + 1, x + 1, scale, bias, height, width, inside)
            upper = value * (1 - right) + beside * right
            value = upper * (1 - down) + (below * (1 - right) + across * right) * down
        place = pixel * 3 + channel if LAST else channel * area + pixel
        tl.store(out + number * area * 3 + place, value, mask=inside)
