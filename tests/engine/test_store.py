import numpy as np
import pytest

from foveate.bundle.vocabulary import Measure
from foveate.engine.plan import BundlePlan
from foveate.engine.store import VideoStore, confidence
from tests.engine import systems


def test_largest_logit_is_raw() -> None:
    assert confidence(Measure.LARGEST_LOGIT, np.array([1.0, 7.5, -3.0], np.float32)) == 7.5


def test_negative_entropy_of_a_flat_and_of_a_certain_answer() -> None:
    flat = confidence(Measure.NEGATIVE_ENTROPY, np.zeros(4, np.float32))
    assert flat == pytest.approx(-np.log(4))
    # A probability that underflows to zero counts nothing, where the plain formula gives no number.
    assert confidence(Measure.NEGATIVE_ENTROPY, np.array([0, 2000], np.float32)) == 0


def test_logits_are_averaged_over_views() -> None:
    plan = BundlePlan.of(systems.uni_x3d())
    store = VideoStore(plan, ((),) * 3)
    for number, view in enumerate(store.views):
        view.logits[1] = number
    np.testing.assert_array_equal(store.logits(2)[1], np.full(systems.CLASSES, 1.0))


def test_a_fixed_plan_is_there_from_the_start() -> None:
    view = VideoStore(BundlePlan.of(systems.dense()), ((),)).views[0]
    assert view.frames.tolist() == list(range(8))
    assert view.rectangles.tolist() == [[0, 0, 32, 32]] * 8
