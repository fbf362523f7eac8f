"""Accuracy against compute: what stopping at each answer, and each exit setting, costs and scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Exits
from foveate.engine.confidence import confidence
from foveate.evaluation.calibration import answers_taken, exit_counts, exits_taken, expected_cost
from foveate.evaluation.score import average_precisions, top1, top_k

TOP = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """How right the answers of some videos are, in per cent.

    Attributes:
        top1: share of the videos whose best class is their first label.
        top5: share of the videos whose first label is among their five best classes; None where there are
            no more than five.
        mean_average_precision: over the classes; every label of a video counts.
        mean_average_precision_first: the same by first labels alone.
    """

    top1: float
    top5: float | None
    mean_average_precision: float
    mean_average_precision_first: float

    @classmethod
    def of(
        cls, logits: NDArray[np.float32], targets: NDArray[np.bool_], labels: NDArray[np.int64]
    ) -> "Scores":
        """Score one answer of each video.

        Args:
            logits: (videos, classes).
            targets: whether a video is of a class (videos, classes).
            labels: first label of each video (videos).
        """
        classes = logits.shape[1]
        first = labels[:, None] == np.arange(classes)
        return cls(
            top1=top1(logits, labels),
            top5=top_k(logits, labels, TOP) if classes > TOP else None,
            mean_average_precision=float(average_precisions(logits, targets).mean()),
            mean_average_precision_first=float(average_precisions(logits, first).mean()),
        )


@dataclass(frozen=True, slots=True)
class AnswerPoint:
    """Every video stopped at the same answer.

    Attributes:
        answer: which, from 1.
        nominal: mean multiply-adds that the papers count for it.
        scores: how right it is.
    """

    answer: int
    nominal: float
    scores: Scores


@dataclass(frozen=True, slots=True)
class ExitPoint:
    """Every video left where one of the bundle's exit settings lets it.

    Attributes:
        setting: position among the bundle's settings.
        default: whether it is the one used when a request names none.
        nominal: mean multiply-adds that the papers count.
        shares: share of the videos that leave at each answer.
        scores: how right these answers are.
    """

    setting: int
    default: bool
    nominal: float
    shares: tuple[float, ...]
    scores: Scores


def answer_points(
    logits: NDArray[np.float32],
    targets: NDArray[np.bool_],
    labels: NDArray[np.int64],
    nominal: NDArray[np.int64],
) -> list[AnswerPoint]:
    """A point for each answer.

    Args:
        logits: (videos, answers, classes).
        targets: (videos, classes).
        labels: (videos).
        nominal: multiply-adds of stopping at each answer, each video's own (videos, answers).
    """
    return [
        AnswerPoint(number + 1, float(cost), Scores.of(logits[:, number], targets, labels))
        for number, cost in enumerate(nominal.mean(0))
    ]


def exit_points(
    logits: NDArray[np.float32],
    targets: NDArray[np.bool_],
    labels: NDArray[np.int64],
    nominal: NDArray[np.int64],
    exits: Exits,
) -> list[ExitPoint]:
    """A point for each exit setting of a bundle, by its own measure, from the logits of all answers.

    Args:
        logits: (videos, answers, classes).
        targets: (videos, classes).
        labels: (videos).
        nominal: multiply-adds of stopping at each answer, each video's own (videos, answers).
        exits: of the bundle.
    """
    surety = confidence(logits, exits.measure)
    points = []
    for number, setting in enumerate(exits.settings):
        taken = exits_taken(surety, np.array(setting.thresholds, np.float32))
        points.append(
            ExitPoint(
                setting=number,
                default=number == exits.default,
                nominal=expected_cost(taken, nominal),
                shares=tuple(exit_counts(taken, nominal.shape[1]) / len(taken)),
                scores=Scores.of(answers_taken(logits, taken), targets, labels),
            )
        )
    return points
