import numpy as np
import pytest

from export.score import mean_average_precision, top1


def test_top1() -> None:
    logits = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 4.0]])
    assert top1(logits, np.array([1, 0, 0, 0])) == 75


def test_precision_at_each_positive() -> None:
    logits = np.array([[2.0, 0.0], [1.5, 0.0], [1.0, 0.0], [0.0, 0.0]])
    # Class 0 has its videos at ranks 1 and 3, class 1 at ranks 1 and 3 from the other end.
    wanted = ((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 2 * 100
    assert mean_average_precision(logits, np.array([0, 1, 0, 1])) == pytest.approx(wanted)


def test_a_class_without_videos_counts_nothing() -> None:
    logits = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    assert mean_average_precision(logits, np.array([0, 1])) == pytest.approx(200 / 3)
