"""Points of the accuracy-compute curve, solved on calibration videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.vocabulary import Measure
from foveate.engine.confidence import confidence
from foveate.evaluation.calibration import (
    ALWAYS,
    NEVER,
    Floats,
    Integers,
    exit_counts,
    exits_taken,
    expected_cost,
    geometric_shares,
    solve_thresholds,
)

_WIDEST_RATIO = 1e6
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the curve.

    Attributes:
        thresholds: one an answer, float32.
        shares: share of the videos that leave at each answer.
        cost: mean cost of a video, in the unit of the solver's costs.
        accuracy: share of the videos that leave with the class wanted.
    """

    thresholds: tuple[float, ...]
    shares: tuple[float, ...]
    cost: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Solver:
    """Calibration videos.

    Attributes:
        surety: how sure each answer is (videos, answers).
        right: whether its best class is the one wanted (videos, answers).
        costs: of leaving at each answer, each video's own (videos, answers).
    """

    surety: Floats
    right: NDArray[np.bool_]
    costs: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        logits: Floats,
        costs: Integers | Sequence[int],
        measure: Measure,
        labels: Integers | None = None,
    ) -> "Solver":
        """Look at the logits once.

        Args:
            logits: (videos, answers, classes).
            costs: of leaving at each answer, each video's own (videos, answers) or the same for all
                (answers).
            measure: of confidence.
            labels: (videos); without them the class wanted is that of the last answer.
        """
        best = logits.argmax(-1)
        wanted = best[:, -1] if labels is None else labels
        own = np.broadcast_to(np.asarray(costs, np.float64), best.shape)
        return cls(confidence(logits, measure), best == wanted[:, None], own)

    def at(self, ratio: float) -> Point:
        """The point at which about ``ratio`` times as many leave at each answer as at the one before."""
        return self._point(solve_thresholds(self.surety, geometric_shares(ratio, self.costs.shape[1])))

    def cheapest(self) -> Point:
        """Everybody leaves at the first answer."""
        return self._point(np.full(self.costs.shape[1], ALWAYS, np.float32))

    def full(self) -> Point:
        """Nobody leaves before the last answer."""
        thresholds = np.full(self.costs.shape[1], NEVER, np.float32)
        thresholds[-1] = ALWAYS
        return self._point(thresholds)

    def within(self, cost: float) -> Point:
        """The dearest point of at most this mean cost; the ratio is found by bisection.

        Raises:
            ValueError: even the first answer costs more.
        """
        if not cost >= self.cheapest().cost:
            raise ValueError(f"no answer costs {cost} or less")
        best = max((p for p in (self.cheapest(), self.full()) if p.cost <= cost), key=lambda p: p.cost)
        low, high = -log(_WIDEST_RATIO), log(_WIDEST_RATIO)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            point = self.at(exp(middle))
            if point.cost <= cost:
                low = middle
                best = max(best, point, key=lambda p: p.cost)
            else:
                high = middle
        return best

    def _point(self, thresholds: Floats) -> Point:
        taken = exits_taken(self.surety, thresholds)
        videos, answers = self.costs.shape
        return Point(
            thresholds=tuple(map(float, thresholds)),
            shares=tuple(map(float, exit_counts(taken, answers) / videos)),
            cost=expected_cost(taken, self.costs),
            accuracy=float(self.right[np.arange(videos), taken].mean()),
        )
