import numpy as np
import pytest

from foveate.bundle.vocabulary import Measure
from foveate.engine.confidence import confidence, negative_entropy


def test_largest_logit_is_raw() -> None:
    logits = np.array([[1.0, 7.5, -3.0], [0.0, -1.0, -2.0]], np.float32)
    assert confidence(logits, Measure.LARGEST_LOGIT).tolist() == [7.5, 0.0]


def test_negative_entropy_of_a_flat_and_of_a_certain_answer() -> None:
    # A probability that underflows to zero counts nothing, where the plain formula gives no number.
    logits = np.array([[0.0, 0.0, 0.0], [0.0, 1000.0, -1000.0]], np.float32)
    flat, certain = confidence(logits, Measure.NEGATIVE_ENTROPY)
    assert flat == pytest.approx(-np.log(3), abs=1e-6)
    assert certain == 0


def test_an_answer_alone_is_as_sure_as_in_a_table() -> None:
    table = (np.random.default_rng(3).normal(size=(50, 7, 11)) * 9).astype(np.float32)
    for measure in Measure:
        together = confidence(table, measure)
        assert together.dtype == np.float32
        alone = [[confidence(row, measure) for row in video] for video in table]
        assert np.array_equal(together, np.array(alone))


def test_the_surer_of_two() -> None:
    assert np.diff(negative_entropy(np.array([[2.0, 1.0], [3.0, 1.0]], np.float32)))[0] > 0
