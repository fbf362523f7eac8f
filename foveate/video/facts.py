"""Times, rates and colours of a video, from what its stream says and what came out of it."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import fmean

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from foveate.video.records import VideoFacts
from foveate.video.writer import upright_rotation

_FULL_RANGE = 2
_TRANSFERS = {16: "pq", 18: "hlg"}
_VARIABLE = 0.2
"""Steps that differ by more than this share of their mean are no rounding to the clock of the file."""


def video_facts(
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame,
    times: Sequence[int | None],
    decoded: int,
    truncated: bool,
    size_changes: bool,
) -> VideoFacts:
    """Gather the facts of a decoded video.

    Args:
        container: still open, as is the stream.
        stream: of the video.
        first: the first frame that was written.
        times: presentation times of all frames, in the stream's time base.
        decoded: frames that were reconstructed.
        truncated: parts are missing or did not decode.
        size_changes: frames of several sizes were met.
    """
    seconds = seconds_of(times, stream.time_base)
    rate, variable = _rate(seconds, stream)
    return VideoFacts(
        container=container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        width=first.width,
        height=first.height,
        rotation=upright_rotation(first),
        frames=len(times),
        fps=rate,
        duration_s=_duration(seconds, rate, container),
        variable_rate=variable,
        truncated=truncated,
        size_changes=size_changes,
        sample_aspect=_aspect(stream),
        pixel_format=first.format.name,
        full_range=first.color_range == _FULL_RANGE or first.format.name.startswith("yuvj"),
        transfer=_TRANSFERS.get(first.color_trc),
        decoded=decoded,
    )


def seconds_of(times: Sequence[int | None], time_base: Fraction | None) -> list[float]:
    """Times in seconds from the first; empty where one is missing."""
    known = [time for time in times if time is not None]
    if not time_base or len(known) < len(times):
        return []
    return [float((time - known[0]) * time_base) for time in known]


def _rate(seconds: list[float], stream: VideoStream) -> tuple[float | None, bool]:
    """Mean frame rate, and whether it varies; what the stream says where times do not tell."""
    steps = [later - earlier for earlier, later in pairwise(seconds)]
    step = fmean(steps) if steps else 0.0
    if step > 0:
        return 1 / step, max(steps) - min(steps) > _VARIABLE * step
    said = stream.average_rate or stream.guessed_rate
    return float(said) if said else None, False


def _aspect(stream: VideoStream) -> float | None:
    aspect = stream.sample_aspect_ratio
    return float(aspect) if aspect else None


def _duration(seconds: list[float], rate: float | None, container: InputContainer) -> float | None:
    if seconds and rate:
        return seconds[-1] + 1 / rate
    return container.duration / 1_000_000 if container.duration else None
