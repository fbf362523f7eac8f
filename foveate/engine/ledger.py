"""What the scheduler keeps of each video in flight."""

from dataclasses import dataclass, field

from foveate.engine.messages import Stage
from foveate.engine.progress import Progress
from foveate.errors import FoveateError


@dataclass(slots=True)
class Entry:
    """A video from its submission until none of its units is in a batch.

    Attributes:
        number: the scheduler's own name of the video.
        id: the request's name.
        in_flight: batches it is in at present.
        error: why it ended without an answer, once it has.
        closed: whether its answer or failure has been given out.
        executed: multiply-adds of the units that ran.
        frames_glanced: glance frames that ran.
        patches_focused: patches that ran.
        spans: stage, start and end of each batch it was in.
    """

    number: int
    id: str
    bundle: str
    progress: Progress
    submitted: float
    deadline: float | None
    in_flight: int = 0
    error: FoveateError | None = None
    closed: bool = False
    executed: int = 0
    frames_glanced: int = 0
    patches_focused: int = 0
    spans: list[tuple[Stage, float, float]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether no further unit of it should run."""
        return self.closed or self.error is not None or self.progress.finished

    @property
    def most(self) -> int:
        """Multiply-adds of going all of its way."""
        return self.progress.nominal(self.progress.course.answers - 1)


def stage_seconds(spans: list[tuple[Stage, float, float]]) -> dict[Stage, float]:
    """Wall seconds of each stage, batches that overlap counted once."""
    return {
        stage: covered([(start, end) for of, start, end in spans if of is stage])
        for stage in Stage
        if any(of is stage for of, _, _ in spans)
    }


def covered(intervals: list[tuple[float, float]]) -> float:
    """Length of the union of intervals."""
    total, reach = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total
