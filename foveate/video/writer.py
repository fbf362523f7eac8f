"""Writing the wanted frames of a video to their pages."""

from collections.abc import Iterable, Sequence
from typing import Any

import av.error
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from foveate.bundle.manifest import Preprocessing
from foveate.errors import UndecodableVideoError
from foveate.video.container import DecodeLimits, check_pixels
from foveate.video.geometry import Geometry, geometry_of
from foveate.video.preprocess import preprocess

Page = NDArray[np.uint8]


class Selection:
    """The frames of a video that its pool needs, each once, in presentation order.

    Attributes:
        indices: frame index of each pool entry.
        wanted: the same without repeats, rising.
        ranks: from a frame index to its position in ``wanted``.
    """

    def __init__(self, indices: Iterable[int]) -> None:
        self.indices = tuple(indices)
        self.wanted = tuple(sorted(set(self.indices)))
        self.ranks = {index: rank for rank, index in enumerate(self.wanted)}

    def pages(self, views: int) -> tuple[tuple[int, ...], ...]:
        """For each view, the page of each pool entry: pages lie by frame, then by view."""
        return tuple(
            tuple(self.ranks[index] * views + view for index in self.indices) for view in range(views)
        )


class PageWriter:
    """Turns decoded frames into pages and keeps what their first one says of the video."""

    def __init__(self, preprocessing: Preprocessing, limits: DecodeLimits, pages: Sequence[Page]) -> None:
        self.geometry: Geometry | None = None
        self.first: VideoFrame | None = None
        self.size_changes = False
        self.views = len(preprocessing.views)
        self._preprocessing = preprocessing
        self._limits = limits
        self._pages = pages

    def write(self, rank: int, frame: VideoFrame) -> None:
        """Write the frame that is wanted as number ``rank``.

        Raises:
            VideoLimitError: if it is too large, as coded or after the resize.
            UndecodableVideoError: if its size does not suit the bundle.
        """
        self._write(rank, _rgb(frame), self._geometry(frame))

    def begin(self, first: VideoFrame) -> None:
        """Take a frame for what it says of the video, and do not write it.

        Raises:
            VideoLimitError: if it is too large, as coded or after the resize.
            UndecodableVideoError: if its size does not suit the bundle.
        """
        self._geometry(first)

    def write_rgb(self, rank: int, rgb: Page) -> None:
        """Write a frame whose pixels were converted elsewhere, of the size and rotation of the first one.

        Args:
            rank: as which of the wanted frames.
            rgb: uint8 [height, width, 3].
        """
        assert self.geometry is not None
        self._write(rank, rgb, self.geometry)

    def _write(self, rank: int, rgb: Page, geometry: Geometry) -> None:
        pages = self._pages[rank * self.views : (rank + 1) * self.views]
        preprocess(rgb, self._preprocessing, geometry, pages)

    def _geometry(self, frame: VideoFrame) -> Geometry:
        rotation = upright_rotation(frame)
        known = self.geometry
        if known and (known.source_width, known.source_height, known.rotation) == (
            frame.width,
            frame.height,
            rotation,
        ):
            return known
        geometry = bounded_geometry(self._preprocessing, self._limits, frame.width, frame.height, rotation)
        if known is None:
            self.geometry, self.first = geometry, frame
        else:
            self.size_changes = True
        return geometry


def _rgb(frame: VideoFrame) -> Page:
    """PyAV's own conversion to uint8 [height, width, 3], in the colours the stream declares."""
    try:
        # One thread: left to itself the conversion takes as many as there are cores.
        rgb: Any = frame.to_ndarray(format="rgb24", threads=1)
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableVideoError(f"Pixels of the format {frame.format.name} cannot be read.") from error
    return rgb  # type: ignore[no-any-return]


def upright_rotation(frame: VideoFrame) -> int:
    """Degrees counter-clockwise (0, 90, 180, 270) by which a frame is turned to stand upright.

    FFmpeg gives the angle of the display matrix, counter-clockwise positive, so a phone clip marked -90
    is turned a quarter clockwise. Angles in between are rounded to a quarter.
    """
    return round(frame.rotation / 90) * 90 % 360


def bounded_geometry(
    preprocessing: Preprocessing, limits: DecodeLimits, width: int, height: int, rotation: int = 0
) -> Geometry:
    """The geometry of a frame, refused where a size in it is beyond the limits.

    Raises:
        VideoLimitError: if the frame has too many pixels, as coded or after the resize; a very long and
            narrow one grows by the resize.
        UndecodableVideoError: if its size does not suit the bundle.
    """
    check_pixels(width, height, limits)
    try:
        geometry = geometry_of(preprocessing, width, height, rotation)
    except ValueError as error:
        raise UndecodableVideoError(f"The video does not suit this model: {error}.") from error
    check_pixels(geometry.resized_width, geometry.resized_height, limits)
    return geometry
