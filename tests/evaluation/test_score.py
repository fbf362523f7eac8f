import numpy as np
import pytest

from foveate.evaluation.score import average_precisions, mean_average_precision, targets_of, top1, top_k


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


def test_the_best_few() -> None:
    logits = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 1.0, 1.0]])
    labels = np.array([0, 1, 2, 2])
    assert [top_k(logits, labels, k) for k in (1, 2, 3)] == [25, 50, 100]


def test_every_label_of_a_video_counts() -> None:
    logits = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0]])
    targets = targets_of([(0, 1), (1,)], 3)
    assert targets.tolist() == [[True, True, False], [False, True, False]]
    # Class 1 has both videos; by first labels alone it would have the second only.
    assert average_precisions(logits, targets).tolist() == [100, 100, 0]
    other = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert average_precisions(other, targets_of([(0, 1), (1,)], 2)).tolist() == [50, 100]
