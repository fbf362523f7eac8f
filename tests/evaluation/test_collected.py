import numpy as np
import pytest

from foveate.errors import InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Skipped
from tests.evaluation.results import answered


def test_answers_are_stacked_in_their_order() -> None:
    collected = Collected()
    collected.add(answered(1, (2, 0), [[1, 2, 3], [4, 5, 6]]))
    collected.add(Skipped(Listed(2, "v2", 30, (0,)), "why"))
    collected.add(answered(3, (1,), [[0, 0, 0], [7, 8, 9]], executed=70, found=28))
    logits = collected.stacked()
    assert logits.shape == (2, 2, 3)
    assert logits.dtype == np.float32
    assert logits[1, 1].tolist() == [7, 8, 9]
    assert collected.labels.tolist() == [2, 1]
    assert (collected.executed, collected.nominal) == ([50, 70], [40, 40])
    assert collected.costs.tolist() == [[30, 40], [30, 40]]
    assert collected.costs.dtype == np.int64
    assert [(video.line, found) for video, found in collected.recounted] == [(3, 28)]


def test_the_last_answer_alone() -> None:
    collected = Collected()
    collected.add(answered(1, (0,), [[1, 2], [3, 4]], every_step=False))
    assert collected.stacked().tolist() == [[[3, 4]]]
    assert collected.costs.tolist() == [[40]]


def test_what_a_policy_dropped() -> None:
    collected = Collected()
    for line, keep in ((1, (0.5, 0.25)), (2, (0.125, 0.375))):
        collected.add(answered(line, (0,), [[1, 2], [3, 4]], by_answer=(10 * line, 20), keep=keep))
    assert collected.focused == [1, 0]
    assert np.stack(collected.keep).tolist() == [[0.5, 0.25], [0.125, 0.375]]
    assert collected.costs.tolist() == [[10, 20], [20, 20]]


def test_without_any_answer_the_first_reason_is_said() -> None:
    collected = Collected()
    with pytest.raises(InputError, match="there was none"):
        collected.stacked()
    collected.add(Skipped(Listed(2, "v2", 30, (0,)), "it is empty"))
    with pytest.raises(InputError, match="no video could be answered; the first, in line 2: it is empty"):
        collected.stacked()
