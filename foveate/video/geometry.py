"""Where the pixels of a crop come from in the source, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Preprocessing
from foveate.bundle.vocabulary import CropRounding, Resize, View
from foveate.video.resize import resized_size


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels: top, left, height and width, all fractional."""

    y: float
    x: float
    height: float
    width: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """The way from a source frame to the crops of it.

    Attributes:
        source_width: width of the frame as coded, before any rotation.
        source_height: height of the frame as coded.
        rotation: degrees counter-clockwise (0, 90, 180, 270) by which the coded frame is turned to stand
            upright.
        resized_width: width of the upright frame after the resize.
        resized_height: height of the upright frame after the resize.
        crop: side of the square crops.
        corners: (x, y) of each view's crop in the resized frame, in the order of the bundle's views.
    """

    source_width: int
    source_height: int
    rotation: int
    resized_width: int
    resized_height: int
    crop: int
    corners: tuple[tuple[int, int], ...]

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the source frame once it stands upright."""
        size = (self.source_width, self.source_height)
        return size if self.rotation % 180 == 0 else size[::-1]

    def to_upright(self, box: Box, view: int = 0) -> Box:
        """Map a box of a crop to pixels of the upright source frame, clipped to it.

        Args:
            box: in pixels of the crop.
            view: position of the crop's view in the bundle's views.

        Returns:
            The box in upright source pixels; empty (height or width 0) where it lies outside.
        """
        width, height = self.upright_size
        corner_x, corner_y = self.corners[view]
        scale_x, scale_y = width / self.resized_width, height / self.resized_height
        left, right = (_clip((corner_x + x) * scale_x, width) for x in (box.x, box.x + box.width))
        top, bottom = (_clip((corner_y + y) * scale_y, height) for y in (box.y, box.y + box.height))
        return Box(y=top, x=left, height=bottom - top, width=right - left)

    def to_source(self, box: Box, view: int = 0) -> Box:
        """Map a box of a crop to pixels of the source frame as coded, clipped to it.

        Args:
            box: in pixels of the crop.
            view: position of the crop's view in the bundle's views.

        Returns:
            The box in coded source pixels: crop, resize and rotation undone.
        """
        up = self.to_upright(box, view)
        right = self.source_width - up.y - up.height
        bottom = self.source_height - up.x - up.width
        match self.rotation:
            case 90:
                return Box(y=up.x, x=right, height=up.width, width=up.height)
            case 180:
                return Box(
                    y=self.source_height - up.y - up.height,
                    x=self.source_width - up.x - up.width,
                    height=up.height,
                    width=up.width,
                )
            case 270:
                return Box(y=bottom, x=up.y, height=up.width, width=up.height)
            case _:
                return up


def _clip(value: float, limit: int) -> float:
    return min(max(value, 0.0), float(limit))


def turn_upright(frame: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    """Turn a coded frame [H, W, 3] by ``rotation`` degrees counter-clockwise (a multiple of 90); a view."""
    return np.rot90(frame, k=rotation // 90 % 4)


def corner(rounding: CropRounding, view: View, width: int, height: int, crop: int) -> tuple[int, int]:
    """The (x, y) corner of one view's crop in a frame of ``width`` x ``height``.

    Args:
        rounding: how a half pixel is rounded; QUARTERS is the only one with side views.
        view: which crop.
        width: width of the resized frame.
        height: height of the resized frame.
        crop: side of the crop.

    Raises:
        ValueError: for a side view with another rounding than QUARTERS.
    """
    if rounding is CropRounding.QUARTERS:
        step_x, step_y = (width - crop) // 4, (height - crop) // 4
        steps = {View.LEFT: 0, View.CENTRE: 2, View.RIGHT: 4}[view]
        return steps * step_x, 2 * step_y
    if view is not View.CENTRE:
        raise ValueError(f"the view {view.value} needs the crop rounding {CropRounding.QUARTERS.value}")
    if rounding is CropRounding.FLOOR:
        return (width - crop) // 2, (height - crop) // 2
    return round((width - crop) / 2), round((height - crop) / 2)


def geometry_of(preprocessing: Preprocessing, width: int, height: int, rotation: int = 0) -> Geometry:
    """The geometry of a coded frame of ``width`` x ``height`` that stands upright after ``rotation``.

    Args:
        preprocessing: of the bundle.
        width: coded width in pixels.
        height: coded height in pixels.
        rotation: degrees counter-clockwise, a multiple of 90 of either sign.

    Raises:
        ValueError: if the resized frame is smaller than the crop, or frames must come in the crop's size
            and this one does not.
    """
    rotation %= 360
    upright = (width, height) if rotation % 180 == 0 else (height, width)
    crop = preprocessing.crop
    if preprocessing.resize is Resize.NONE and upright != (crop, crop):
        raise ValueError(f"frames must be {crop} x {crop} pixels, not {upright[0]} x {upright[1]}")
    resized = resized_size(preprocessing.resize, preprocessing.short_side, *upright)
    if min(resized) < crop:
        raise ValueError(f"a crop of {crop} pixels does not fit into a frame of {resized[0]} x {resized[1]}")
    corners = tuple(corner(preprocessing.crop_rounding, view, *resized, crop) for view in preprocessing.views)
    return Geometry(width, height, rotation, *resized, crop, corners)
