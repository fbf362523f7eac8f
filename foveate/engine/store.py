"""The arrays of one video in flight: features, states, plan and logits."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Exits
from foveate.engine.confidence import confidence
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.runtimes.base import Tensor


@dataclass(slots=True)
class ViewStore:
    """The arrays of one view.

    Attributes:
        features: by stage and name, (frames or steps, ...); zeros where nothing was computed.
        states: by stage and name, what a network carries from step to step; absent means zeros.
        frames: (steps,) candidate of each step.
        rectangles: (steps, 4) float32.
        keep: (steps,) float32, probability by which the policy keeps each patch; ones where it drops none.
        logits: (answers, classes) float32.
    """

    frames: NDArray[np.int64]
    rectangles: NDArray[np.float32]
    keep: NDArray[np.float32]
    logits: NDArray[np.float32]
    features: dict[tuple[Stage, str], Tensor] = field(default_factory=dict)
    states: dict[tuple[Stage, str], Tensor] = field(default_factory=dict)


class VideoStore:
    """The arrays of one video.

    Args:
        plan: its bundle's plan.
        pages: the slab page of each pool entry, for each view.
    """

    def __init__(self, plan: BundlePlan, pages: tuple[tuple[int, ...], ...]) -> None:
        self.pages = pages
        self.views = [_new_view(plan) for _ in range(plan.views)]

    def logits(self, answers: int) -> NDArray[np.float32]:
        """(answers, classes): the first answers, averaged over views."""
        rows = np.stack([view.logits[:answers] for view in self.views])
        mean: NDArray[np.float32] = rows.mean(axis=0, dtype=np.float32) if len(rows) > 1 else rows[0]
        return mean

    def confidence(self, exits: Exits, answer: int) -> float:
        """How sure an answer is, by the bundle's measure."""
        return float(confidence(self.logits(answer + 1)[answer], exits.measure))


def _new_view(plan: BundlePlan) -> ViewStore:
    fixed = plan.manifest.plan
    rectangles = np.zeros((plan.steps, 4), np.float32)
    if fixed.rectangles is not None:
        rectangles[:] = [(r.y, r.x, r.height, r.width) for r in fixed.rectangles]
    frames = np.zeros(plan.steps, np.int64)
    if fixed.frames is not None:
        frames[:] = fixed.frames
    keep, logits = (
        np.ones(plan.steps, np.float32),
        np.zeros((plan.answers, plan.manifest.classes), np.float32),
    )
    return ViewStore(frames, rectangles, keep, logits)
