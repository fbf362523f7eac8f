"""From a frame as coded to the 8-bit crops a bundle works on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Preprocessing
from foveate.bundle.vocabulary import Resize
from foveate.video.geometry import Geometry, turn_upright
from foveate.video.resize import pillow_bilinear, resize_frame


def preprocess(
    frame: NDArray[np.uint8],
    preprocessing: Preprocessing,
    geometry: Geometry,
    pages: Sequence[NDArray[np.uint8]],
) -> None:
    """Turn, resize and crop one frame, and write a page for each view.

    Args:
        frame: uint8 RGB [H, W, 3] as coded, of the geometry's source size.
        preprocessing: of the bundle.
        geometry: what ``geometry_of`` gave for frames of this size.
        pages: one uint8 [crop, crop, 3] array for each view, written in place.

    Raises:
        ValueError: if the number of pages is not the number of views.
    """
    resized = _resized_upright(frame, preprocessing.resize, geometry)
    side = geometry.crop
    for page, (x, y) in zip(pages, geometry.corners, strict=True):
        page[...] = resized[y : y + side, x : x + side]


def _resized_upright(frame: NDArray[np.uint8], resize: Resize, geometry: Geometry) -> NDArray[np.uint8]:
    size = (geometry.resized_width, geometry.resized_height)
    if resize is Resize.PILLOW_BILINEAR and size != geometry.upright_size:
        return pillow_bilinear(frame, *size, geometry.rotation)
    return resize_frame(np.ascontiguousarray(turn_upright(frame, geometry.rotation)), resize, *size)
