"""What is kept of an evaluation's answers: logits, labels, costs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foveate.errors import InputError
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Answered, Skipped


@dataclass(slots=True)
class Collected:
    """The answers of a list's videos, in its order.

    Attributes:
        videos: that were answered.
        logits: of each, (answers, classes) float32: every answer where that was asked for, else the last.
        executed: multiply-adds that were run for each.
        nominal: multiply-adds that the papers count for each.
        skipped: videos without an answer.
        recounted: videos that do not hold as many frames as the list says, and how many they hold.
    """

    videos: list[Listed] = field(default_factory=list)
    logits: list[NDArray[np.float32]] = field(default_factory=list)
    executed: list[int] = field(default_factory=list)
    nominal: list[int] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    recounted: list[tuple[Listed, int]] = field(default_factory=list)

    def add(self, result: Answered | Skipped) -> None:
        """Keep what is needed of a result."""
        if isinstance(result, Skipped):
            self.skipped.append(result)
            return
        video, answer = result.video, result.answer
        self.videos.append(video)
        self.logits.append(answer.logits[None] if answer.step_logits is None else answer.step_logits)
        self.executed.append(answer.spent.executed)
        self.nominal.append(answer.spent.nominal)
        if video.frames is not None and video.frames != result.frames:
            self.recounted.append((video, result.frames))

    def stacked(self) -> NDArray[np.float32]:
        """All logits (videos, answers, classes).

        Raises:
            InputError: no video was answered.
        """
        if not self.logits:
            raise InputError(f"no video could be answered; {_first(self.skipped)}")
        return np.stack(self.logits)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The first label of each video (videos)."""
        return np.array([video.label for video in self.videos], np.int64)


def _first(skipped: Iterable[Skipped]) -> str:
    first = next(iter(skipped), None)
    return "there was none" if first is None else f"the first, in line {first.video.line}: {first.reason}"
