"""Thresholds for leaving early: from when on an answer is sure enough.

Pure functions of logits, as the published solvers of the family have them.
Logits are (videos, answers, classes), answers in the order in which a video comes by them.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

NEVER, ALWAYS = 1e8, -1e8
"""Threshold of an answer at which nobody leaves, and of the last one."""


def geometric_shares(ratio: float, answers: int) -> Floats:
    """Share of the videos that is to leave at each answer: each answer ``ratio`` times the one before.

    Both published rules are this one: q ** e from e = 0 on, and p ** k from k = 1 on.

    Returns:
        (answers) float32, of sum 1.
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


def expected_cost(taken: Integers, costs: NDArray[np.float64] | Integers) -> float:
    """Mean cost of a video.

    Args:
        taken: the answer each leaves at.
        costs: of leaving at each answer, each video's own (videos, answers) or the same for all (answers).
    """
    own = np.broadcast_to(np.asarray(costs, np.float64), (len(taken), costs.shape[-1]))
    return float(own[np.arange(len(taken)), taken].mean())


def answers_taken(logits: Floats, taken: Integers) -> Floats:
    """The logits each video leaves with (videos, classes)."""
    return logits[np.arange(len(logits)), taken]


def keep_threshold(probabilities: Floats, share: float) -> float:
    """The threshold at which this share of frames is kept, where a policy skips frames.

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
