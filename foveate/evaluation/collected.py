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
        by_answer: what the papers count for stopping at each answer in ``logits``, each video's own.
        focused: patches that went through the focus network, of each.
        keep: keep probabilities of each one's patches, views one after the other; empty without any.
        skipped: videos without an answer.
        recounted: videos that do not hold as many frames as the list says, and how many they hold.
    """

    videos: list[Listed] = field(default_factory=list)
    logits: list[NDArray[np.float32]] = field(default_factory=list)
    executed: list[int] = field(default_factory=list)
    nominal: list[int] = field(default_factory=list)
    by_answer: list[tuple[int, ...]] = field(default_factory=list)
    focused: list[int] = field(default_factory=list)
    keep: list[NDArray[np.float32]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    recounted: list[tuple[Listed, int]] = field(default_factory=list)

    def add(self, result: Answered | Skipped) -> None:
        """Keep what is needed of a result."""
        if isinstance(result, Skipped):
            self.skipped.append(result)
            return
        video, answer, spent = result.video, result.answer, result.answer.spent
        self.videos.append(video)
        last = answer.step_logits is None
        self.logits.append(answer.logits[None] if answer.step_logits is None else answer.step_logits)
        self.by_answer.append((spent.nominal,) if last else spent.by_answer)
        self.executed.append(spent.executed)
        self.nominal.append(spent.nominal)
        self.focused.append(sum(look.focused for look in answer.looks))
        keep = [look.keep for look in answer.looks if look.keep is not None]
        self.keep.append(np.array(keep, np.float32))
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
    def costs(self) -> NDArray[np.int64]:
        """What stopping at each answer in ``stacked`` costs each video (videos, answers)."""
        return np.array(self.by_answer, np.int64)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The first label of each video (videos)."""
        return np.array([video.label for video in self.videos], np.int64)


def _first(skipped: Iterable[Skipped]) -> str:
    first = next(iter(skipped), None)
    return "there was none" if first is None else f"the first, in line {first.video.line}: {first.reason}"
