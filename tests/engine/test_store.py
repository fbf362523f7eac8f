import numpy as np

from foveate.engine.plan import BundlePlan
from foveate.engine.store import VideoStore
from tests.engine import systems
from tests.engine.parts import CLASSES


def test_logits_are_averaged_over_views() -> None:
    plan = BundlePlan.of(systems.uni_x3d())
    store = VideoStore(plan, ((),) * 3)
    for number, view in enumerate(store.views):
        view.logits[1] = number
    np.testing.assert_array_equal(store.logits(2)[1], np.full(CLASSES, 1.0))


def test_a_fixed_plan_is_there_from_the_start() -> None:
    view = VideoStore(BundlePlan.of(systems.dense()), ((),)).views[0]
    assert view.frames.tolist() == list(range(8))
    assert view.rectangles.tolist() == [[0, 0, 32, 32]] * 8
