"""The pixel operation between device arrays: its interface, and the reference for a device of host memory."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ExecutionError
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look

Three = tuple[float, float, float]


def affine_of(mean: Three, std: Three) -> list[list[float]]:
    """Normalisation as one multiplication and one addition: (value / 255 - mean) / std.

    Returns:
        (2, 3): of each channel 1 / (255 std) and -mean / std.
    """
    return [[1 / (255 * s) for s in std], [-m / s for m, s in zip(mean, std, strict=True)]]


class Look(Protocol):
    """Fills a network's input from frames in device slots."""

    def __call__(
        self,
        frames: Tensor,
        slots: Tensor,
        rectangles: Tensor,
        rows: Tensor,
        pixels: Pixels,
        affine: Tensor,
        out: Tensor,
    ) -> None:
        """Enqueue the operation on the current stream.

        Args:
            frames: (slots, H, W, 3) uint8.
            slots: (n,) int64, the slot of each look's frame.
            rectangles: (m, 4) float32: top, left, height, width in pixels of the frame.
            rows: (n,) int64, the rectangle of each look.
            pixels: the operation and the size of the network's input.
            affine: (2, 3) float32, the normalisation; see ``affine_of``.
            out: (n, 3, height, width), of any layout, float32, float16 or bfloat16.
        """
        ...


def check_rectangles(rectangles: NDArray[np.float32], pixels: Pixels, side: int) -> None:
    """Refuse what the CPU form refuses, for a kernel cannot.

    Args:
        rectangles: (n, 4).
        pixels: the operation.
        side: of the square frames.

    Raises:
        ExecutionError: see ``foveate.pixels.operation.look``.
    """
    if not np.isfinite(rectangles).all():
        raise ExecutionError("the policy gave a rectangle that is not a number")
    if pixels.operation is not PixelOperation.CUT:
        return
    sides = np.array([pixels.height, pixels.width])
    corners = rectangles[:, :2]
    wrong = (rectangles[:, 2:] != sides).any(1) | (corners != np.floor(corners)).any(1)
    wrong |= (corners < 0).any(1) | (corners > side - sides).any(1)
    if wrong.any():
        first = rectangles[wrong][0].tolist()
        raise ExecutionError(f"no whole {pixels.height} x {pixels.width} patch lies at {first}")


def look_on_host(
    frames: Tensor,
    slots: Tensor,
    rectangles: Tensor,
    rows: Tensor,
    pixels: Pixels,
    affine: Tensor,
    out: Tensor,
) -> None:
    """The CPU form between tensors in host memory; see ``Look``."""
    pictures = [frames[slot].numpy() for slot in slots.tolist()]
    seen = np.empty(tuple(out.shape), np.float32)
    scale, bias = affine.numpy()[..., None]
    normaliser = Normaliser(np.arange(256, dtype=np.float32) * scale + bias)
    look(pictures, rectangles[rows].numpy(), pixels, normaliser, seen)
    out.copy_(Tensor(seen))
