"""Thresholds for leaving early: how sure an answer is, and from when on that is enough.

Pure functions of logits, as both published solvers have them (of AdaFocusV2 and Uni-AdaFocus).
Logits are (videos, answers, classes), answers in the order in which a video comes by them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.vocabulary import Measure

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

NEVER, ALWAYS = 1e8, -1e8
"""Threshold of an answer at which nobody leaves, and of the last one."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One point of the accuracy-compute curve.

    Attributes:
        parameter: what the shares were made from.
        thresholds: one an answer, float32.
        shares: share of the videos that leave at each answer.
        cost: mean cost of a video, in the unit of the given costs.
        accuracy: share of the videos whose best class is their label; None without labels.
    """

    parameter: float
    thresholds: tuple[float, ...]
    shares: tuple[float, ...]
    cost: float
    accuracy: float | None


def confidence(logits: Floats, measure: Measure) -> Floats:
    """How sure each answer is (videos, answers); larger is surer."""
    return largest_logit(logits) if measure is Measure.LARGEST_LOGIT else negative_entropy(logits)


def largest_logit(logits: Floats) -> Floats:
    """The largest raw logit; it is no probability and carries over to no other network."""
    largest: Floats = logits.max(-1)
    return largest


def negative_entropy(logits: Floats) -> Floats:
    """The sum of p ln p over the softmax, at most 0.

    A probability that underflows adds nothing, where the published code gives no number.
    """
    shifted = logits.astype(np.float32) - logits.max(-1, keepdims=True)
    exponents = np.exp(shifted)
    total = exponents.sum(-1, keepdims=True, dtype=np.float32)
    probabilities = exponents / total
    # The logarithm from the logits themselves is finite even where the probability is not above zero.
    entropy: Floats = (probabilities * (shifted - np.log(total))).sum(-1, dtype=np.float32)
    return entropy


def geometric_shares(ratio: float, answers: int) -> Floats:
    """Share of the videos that is to leave at each answer: each answer ``ratio`` times the one before.

    Both published rules are this one: q ** e from e = 0 on, and p ** k from k = 1 on.
    """
    with np.errstate(over="ignore"):
        powers = np.float32(ratio) ** np.arange(answers, dtype=np.float32)
    if not np.isfinite(powers).all():
        # Ratios of thousands overflow; only quotients of powers matter.
        powers = np.float64(ratio) ** (np.arange(answers) - float(answers - 1))
    shares: Floats = (powers / powers.sum()).astype(np.float32)
    return shares


def solve_thresholds(confidences: Floats, shares: Floats) -> Floats:
    """Thresholds by which about the wanted share of these videos leaves at each answer.

    At each answer the surest of those still there leave; the threshold is the confidence of the last of
    them.

    Args:
        confidences: (videos, answers).
        shares: (answers), of sum 1.

    Returns:
        (answers) float32; ``NEVER`` where nobody leaves, ``ALWAYS`` for the last answer.
    """
    videos, answers = confidences.shape
    staying = np.ones(videos, bool)
    thresholds = np.full(answers, NEVER, np.float32)
    for answer in range(answers - 1):
        order = np.argsort(-confidences[:, answer], kind="stable")
        leaving = order[staying[order]][: int(np.floor(np.float32(videos) * shares[answer]))]
        if len(leaving):
            thresholds[answer] = confidences[leaving[-1], answer]
            staying[leaving] = False
    thresholds[-1] = ALWAYS
    return thresholds


def exits_taken(confidences: Floats, thresholds: Floats) -> Integers:
    """The answer at which each video leaves (videos): the first whose confidence reaches its threshold."""
    enough = confidences >= thresholds
    enough[:, -1] = True
    taken: Integers = enough.argmax(1).astype(np.int64)
    return taken


def exit_counts(taken: Integers, answers: int) -> Integers:
    """How many videos leave at each answer (answers)."""
    return np.bincount(taken, minlength=answers).astype(np.int64)


def expected_cost(taken: Integers, costs: NDArray[np.float64]) -> float:
    """Mean cost of a video.

    Args:
        taken: the answer each leaves at.
        costs: of leaving at each answer.
    """
    return float(np.asarray(costs, np.float64)[taken].mean())


def answers_taken(logits: Floats, taken: Integers) -> Floats:
    """The logits each video leaves with (videos, classes)."""
    return logits[np.arange(len(logits)), taken]


def calibrate(
    logits: Floats,
    costs: NDArray[np.float64],
    measure: Measure,
    parameters: tuple[float, ...],
    labels: Integers | None = None,
) -> list[Calibrated]:
    """Thresholds and what they cost and score on the videos they are solved on.

    Args:
        logits: (videos, answers, classes).
        costs: of leaving at each answer.
        measure: of confidence.
        parameters: a ratio of shares for each point of the curve.
        labels: (videos).
    """
    surety = confidence(logits, measure)
    points = []
    for parameter in parameters:
        thresholds = solve_thresholds(surety, geometric_shares(parameter, logits.shape[1]))
        taken = exits_taken(surety, thresholds)
        shares = exit_counts(taken, logits.shape[1]) / len(taken)
        right = None if labels is None else answers_taken(logits, taken).argmax(1) == labels
        points.append(
            Calibrated(
                parameter=parameter,
                thresholds=tuple(map(float, thresholds)),
                shares=tuple(map(float, shares)),
                cost=expected_cost(taken, costs),
                accuracy=None if right is None else float(right.mean()),
            )
        )
    return sorted(points, key=lambda point: point.cost)


def keep_threshold(probabilities: Floats, share: float) -> float:
    """The threshold at which this share of frames is kept (AdaFocus, section 3.4).

    Args:
        probabilities: keep probabilities of any shape.
        share: between 0 and 1.

    Raises:
        ValueError: the share is not.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share} cannot be kept")
    ordered = np.sort(probabilities.reshape(-1))[::-1]
    return float(ordered[max(1, int(np.floor(share * len(ordered)))) - 1])
