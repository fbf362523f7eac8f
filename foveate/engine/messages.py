"""What passes between the engine and whoever gives it videos: the same in one process or in several.

Arrays are small (logits); frames never travel, only the numbers of their pages in the shared slab.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from foveate.errors import FoveateError


class Stage(StrEnum):
    """The four stages of a video, in the order in which it goes through them."""

    GLANCE = "glance"
    POLICY = "policy"
    FOCUS = "focus"
    CLASSIFY = "classify"


class ExitReason(StrEnum):
    """Why a video stopped where it did."""

    COMPLETE = "complete"
    CONFIDENCE = "confidence"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Options:
    """What one request asks of the plan.

    Attributes:
        every_step: keep the logits of each answer, not of the last alone.
        max_answers: stop after this many answers, however unsure; None for all.
        thresholds: leave at the first answer whose confidence reaches its threshold; None for no exits.
    """

    every_step: bool = False
    max_answers: int | None = None
    thresholds: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Submit:
    """A video whose frames lie in the slab.

    Attributes:
        id: the request's own name, unique among the videos in flight.
        bundle: the name under which the engine holds the bundle.
        pages: for each view, the slab page of each pool entry (repeats share a page).
        options: what is asked of the plan.
        deadline: seconds on the engine's clock (``time.monotonic``) after which no answer is wanted.
    """

    id: str
    bundle: str
    pages: tuple[tuple[int, ...], ...]
    options: Options = field(default_factory=Options)
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this video any more."""

    id: str


@dataclass(frozen=True, slots=True)
class Look:
    """One patch of a video's plan.

    Attributes:
        view: which view of the video it was cut from.
        step: its place in the plan.
        entry: pool entry it was cut from.
        rectangle: top, left, height, width in pixels of the cropped frame.
        focused: False where it was planned and then dropped or not reached.
        keep: probability by which the policy keeps it; None where the policy drops none.
    """

    view: int
    step: int
    entry: int
    rectangle: tuple[float, float, float, float]
    focused: bool
    keep: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """Multiply-adds and counts of one video.

    Attributes:
        executed: what was run for it, look-ahead that came to nothing included, padding excluded.
        nominal: what the papers count for stopping at its answer: nothing for patches that were dropped.
        full: what the papers count for all of the plan, nothing dropped.
        dense: the focus network on every step's whole frame.
        frames_glanced: glance frames run, all views together.
        patches_focused: patches run, all views together.
        by_answer: what the papers count for stopping at each answer made; the last is ``nominal``.
    """

    executed: int
    nominal: int
    full: int
    dense: int
    frames_glanced: int
    patches_focused: int
    by_answer: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a video.

    Attributes:
        id: as submitted.
        logits: (classes,) float32 of the last answer, averaged over views.
        step_logits: (answers, classes) where every step was asked for.
        answers: answers made, the last one included.
        exit: why it stopped there.
        looks: its plan, as far as it was made.
        glanced: pool entries that were glanced at.
        spent: its compute.
        stage_s: wall seconds of the batches it was in, per stage, overlaps counted once.
        queue_s: seconds in the engine outside any of those batches.
    """

    id: str
    logits: NDArray[np.float32]
    step_logits: NDArray[np.float32] | None
    answers: int
    exit: ExitReason
    looks: tuple[Look, ...]
    glanced: tuple[int, ...]
    spent: Spent
    stage_s: dict[Stage, float]
    queue_s: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A video that ended without an answer."""

    id: str
    error: FoveateError


@dataclass(frozen=True, slots=True)
class Released:
    """The engine reads this video's pages no more. Comes after its answer or failure, always."""

    id: str


Event = Answer | Failure | Released
