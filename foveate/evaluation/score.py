"""How right answers are: the two scores that the papers report."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def top1(logits: Floats, labels: Integers) -> float:
    """Per cent of the videos whose best class is their label.

    Args:
        logits: (videos, classes).
        labels: (videos).
    """
    return float((logits.argmax(1) == labels).mean() * 100)


def top_k(logits: Floats, labels: Integers, k: int) -> float:
    """Per cent of the videos whose label is among their best ``k`` classes.

    Args:
        logits: (videos, classes).
        labels: (videos).
        k: at least 1.
    """
    best = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(1).mean() * 100)


def mean_average_precision(logits: Floats, labels: Integers) -> float:
    """Per cent: mean over the classes of the mean precision at each positive of a class.

    Videos are ranked by their softmax; a class without any video counts 0, as published.

    Args:
        logits: (videos, classes).
        labels: one label a video (videos).
    """
    classes = int(logits.shape[1])
    return float(average_precisions(logits, labels[:, None] == np.arange(classes)).mean())


def average_precisions(logits: Floats, targets: Flags) -> NDArray[np.float64]:
    """Per cent of each class (classes): the mean precision at each of its videos, 0 where it has none.

    Args:
        logits: (videos, classes).
        targets: whether a video is of a class (videos, classes); it may be of several.
    """
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    scores = shifted / shifted.sum(1, keepdims=True)
    precisions = np.zeros(logits.shape[1])
    for number in range(logits.shape[1]):
        right = targets[np.argsort(-scores[:, number], kind="stable"), number]
        ranks = np.flatnonzero(right) + 1
        if len(ranks):
            precisions[number] = (np.arange(1, len(ranks) + 1) / ranks).mean() * 100
    return precisions


def targets_of(labels: Sequence[Sequence[int]], classes: int) -> Flags:
    """Every label of each video as (videos, classes) flags."""
    targets = np.zeros((len(labels), classes), bool)
    for row, own in zip(targets, labels, strict=True):
        row[list(own)] = True
    return targets
