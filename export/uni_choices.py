"""The choices that a checkpoint of Uni-AdaFocus cannot tell, for all three of its systems."""

from export.choices import MOST_FRAMES, needed, within
from export.request import ExportRequest
from models.uni_adafocus import UniOptions


def uni_patch(request: ExportRequest, published: tuple[int, ...]) -> int:
    """The patch side, which must be named.

    Raises:
        ConfigError: it is not, or a number of frames is out of range.
    """
    if request.frames is not None:
        within(request.frames, "candidate frames", MOST_FRAMES)
    if request.focus_frames is not None:
        within(request.focus_frames, "focus frames", MOST_FRAMES)
    return needed(request.patch, "patch side", "--patch", published)


def uni_options(patch: int, candidates: int, focus_frames: int, crop: int) -> UniOptions:
    """Options of a network; rectangles are no smaller than 96 of 224 pixels, as published, or that ratio.

    Args:
        patch: side of a patch in pixels.
        candidates: candidate frames of a video.
        focus_frames: patches of a video.
        crop: side of a frame in pixels.
    """
    return UniOptions(
        patch=patch, candidates=candidates, focus_frames=focus_frames, crop=crop, smallest=crop * 3 // 7
    )
