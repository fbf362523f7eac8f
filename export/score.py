"""How right answers are: the two scores that the papers report."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]


def top1(logits: Floats, labels: Integers) -> float:
    """Per cent of the videos whose best class is their label.

    Args:
        logits: (videos, classes).
        labels: (videos).
    """
    return float((logits.argmax(1) == labels).mean() * 100)


def mean_average_precision(logits: Floats, labels: Integers) -> float:
    """Per cent: mean over the classes of the mean precision at each positive of a class.

    Videos are ranked by their softmax; a class without any video counts 0, as published.

    Args:
        logits: (videos, classes).
        labels: one label a video (videos).
    """
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    scores = shifted / shifted.sum(1, keepdims=True)
    total = 0.0
    for number in range(logits.shape[1]):
        right = (labels == number)[np.argsort(-scores[:, number], kind="stable")]
        ranks = np.flatnonzero(right) + 1
        total += float((np.arange(1, len(ranks) + 1) / ranks).mean()) if len(ranks) else 0.0
    return total / int(logits.shape[1]) * 100
