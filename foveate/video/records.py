"""What goes into a decode worker and what comes back: plain records that can be pickled."""

from dataclasses import dataclass
from typing import Literal

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.video.geometry import Geometry

DecodedBy = Literal["cpu", "nvdec"]
"""What reconstructs the frames of a video."""


@dataclass(frozen=True, slots=True)
class RawFrames:
    """Says that a file holds uint8 RGB frames, [frames, height, width, 3], and nothing else.

    Attributes:
        frames: number of frames.
        height: of each, in pixels.
        width: of each, in pixels.
        preprocessed: the frames are the pool itself, in its order and already of the crop's size.
    """

    frames: int
    height: int
    width: int
    preprocessed: bool = False


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """One file to be turned into pages.

    Attributes:
        path: absolute, named by the server, never by a client.
        sampling: of the bundle.
        preprocessing: of the bundle.
        pages: numbers of the slab's pages to write to: ``sampling.pool`` times the number of views.
        raw: how to read a file of raw frames; None for a video file.
        large_pixels: width times height from which on the CPU leaves frames to a GPU; None where it has all.
        device: number of the GPU, where one decodes.
        name: of the request, for the log.
    """

    path: str
    sampling: Sampling
    preprocessing: Preprocessing
    pages: tuple[int, ...]
    raw: RawFrames | None = None
    large_pixels: int | None = None
    device: int = 0
    name: str = "-"


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known of a video after decoding; None where the file does not say.

    Attributes:
        container: FFmpeg's short name of the format, "raw" for raw frames.
        codec: name of the codec, "rawvideo" for raw frames.
        width: coded width in pixels, before rotation.
        height: coded height in pixels.
        rotation: degrees counter-clockwise (0, 90, 180, 270) by which frames were turned upright.
        frames: frames a full decode yields.
        fps: mean frame rate.
        duration_s: from the first frame's time to the end of the last frame.
        variable_rate: the steps between frames differ by more than a rounding.
        truncated: the file ends early or parts of it did not decode; the pool is sampled from what did.
        size_changes: frames of another size than the first sampled one were met; the geometry is not theirs.
        sample_aspect: width of a pixel over its height; frames are not stretched by it.
        pixel_format: FFmpeg's name.
        full_range: colours use the full range 0 to 255.
        transfer: "pq" or "hlg" for high dynamic range, which is not tone-mapped; otherwise None.
        decoded: frames that were reconstructed to answer, for comparison with ``frames``.
        by: what reconstructed them.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    frames: int
    fps: float | None
    duration_s: float | None
    variable_rate: bool
    truncated: bool
    size_changes: bool
    sample_aspect: float | None
    pixel_format: str
    full_range: bool
    transfer: str | None
    decoded: int
    by: DecodedBy = "cpu"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A video's pool, written to pages.

    Attributes:
        pages: for each view, the page of each pool entry. A frame that the pool repeats has one page. The
            numbers are the slab's where a job went through a worker, else positions in the list of pages
            that were given.
        unused: pages that were given and not written, in the same numbering; they may be freed at once.
        indices: frame index of each pool entry, in presentation order among the frames that decode.
        times_s: time of each pool entry, in seconds from the first frame.
        geometry: from crop to source.
        facts: of the video.
        wall_s: seconds the decoding took, waiting for a worker left out.
    """

    pages: tuple[tuple[int, ...], ...]
    unused: tuple[int, ...]
    indices: tuple[int, ...]
    times_s: tuple[float, ...]
    geometry: Geometry
    facts: VideoFacts
    wall_s: float = 0.0

    @property
    def used(self) -> tuple[int, ...]:
        """The pages that were written, each once, in rising order."""
        return tuple(sorted({number for view in self.pages for number in view}))
