from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form
from foveate.engine.execute import Executor
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit
from foveate.errors import ExecutionError
from foveate.runtimes.base import LoadedGraph, Tensor
from tests.engine import systems
from tests.engine.fake import FakeGraph, Pages, pages_of


class Executing:
    """An executor on fake networks, and two videos."""

    def __init__(
        self, manifest: Manifest, graphs: dict[tuple[Stage, Form], LoadedGraph] | None = None
    ) -> None:
        self.plan = BundlePlan.of(manifest)
        found: dict[tuple[Stage, Form], LoadedGraph] = {}
        for stage in Stage:
            network = self.plan.network(stage)
            for form, graph in network.forms.items() if network else ():
                found[stage, form] = FakeGraph(graph, len(manifest.plan.candidates), None)
        self.executor = Executor(self.plan, found | (graphs or {}), Pages())
        self.stores = [VideoStore(self.plan, pages_of(manifest, 100 * video)) for video in range(2)]
        self.scratch = Scratch()

    def run(self, stage: Stage, form: Form, *which: tuple[int, int]) -> list[tuple[bool, ...] | None]:
        units = tuple(Unit(video, stage, form, 0, index) for video, index in which)
        batch = Batch(0, QueueKey("x", stage, form), units, ClosedBy.FULL)
        outcomes = self.executor.run(batch, [self.stores[video] for video, _ in which], self.scratch)
        return [outcome.keep for outcome in outcomes]


def test_a_batch_of_two_videos_leaves_each_its_own_rows() -> None:
    together, apart = Executing(systems.recurrent()), Executing(systems.recurrent())
    together.run(Stage.GLANCE, Form.WHOLE, (0, 3), (1, 3), (0, 7))
    for one in ((0, 3), (1, 3), (0, 7)):
        apart.run(Stage.GLANCE, Form.WHOLE, one)
    for a, b in zip(together.stores, apart.stores, strict=True):
        np.testing.assert_array_equal(
            a.views[0].features[Stage.GLANCE, "vector"], b.views[0].features[Stage.GLANCE, "vector"]
        )
    first = together.stores[0].views[0].features[Stage.GLANCE, "vector"]
    assert first[3].any()
    assert first[7].any()
    assert not first[0].any()


def test_a_state_starts_at_zero_and_travels_with_its_video() -> None:
    running = Executing(systems.v2_exits())
    running.run(Stage.GLANCE, Form.WHOLE, (0, 0), (0, 1), (1, 0))
    running.run(Stage.POLICY, Form.STEP, (0, 0))
    state = running.stores[0].views[0].states[Stage.POLICY, "policy"].copy()
    assert state.any()
    assert running.stores[1].views[0].states == {}
    running.run(Stage.POLICY, Form.STEP, (0, 1), (1, 0))
    assert not np.array_equal(state, running.stores[0].views[0].states[Stage.POLICY, "policy"])


def test_keep_probabilities_become_outcomes() -> None:
    running = Executing(systems.skipping())
    running.run(Stage.GLANCE, Form.WHOLE, *[(0, index) for index in range(16)])
    (keep,) = running.run(Stage.POLICY, Form.WHOLE, (0, 0))
    assert keep is not None
    assert len(keep) == 16
    assert len(set(keep)) == 2


def test_dropped_patches_are_zeros_to_the_classifier() -> None:
    running = Executing(systems.skipping())
    running.run(Stage.GLANCE, Form.WHOLE, *[(0, index) for index in range(16)])
    running.run(Stage.CLASSIFY, Form.WHOLE, (0, 0))
    assert not running.stores[0].views[0].features[Stage.FOCUS, "vector"].any()
    assert running.stores[0].views[0].logits.any()


def test_zeros_for_a_dropped_patch_never_cover_what_another_lane_stores() -> None:
    class Racing(dict[Any, Tensor]):
        """Another lane stores the feature of a later patch just when the key has been found missing."""

        def __contains__(self, key: object) -> bool:
            there = super().__contains__(key)
            if not there:
                self[key] = np.full((16, 4), 7, np.float32)
            return there

    running = Executing(systems.skipping())
    running.run(Stage.GLANCE, Form.WHOLE, (0, 0))
    view = running.stores[0].views[0]
    view.features = Racing(view.features)
    running.run(Stage.CLASSIFY, Form.STEP, (0, 0))
    assert (view.features[Stage.FOCUS, "vector"] == 7).all()


@pytest.mark.parametrize("form", [Form.WHOLE, Form.STEP])
def test_keep_probabilities_are_stored(form: Form) -> None:
    running = Executing(systems.skipping())
    view = running.stores[0].views[0]
    assert view.keep.tolist() == [1.0] * 16
    running.run(Stage.GLANCE, Form.WHOLE, *[(0, index) for index in range(16)])
    (keep,) = running.run(Stage.POLICY, form, (0, 0 if form is Form.WHOLE else 5))
    planned = range(16) if form is Form.WHOLE else [5]
    assert keep == tuple(bool(view.keep[step] >= 0.5) for step in planned)
    assert all(0 < view.keep[step] < 1 for step in planned)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_outputs_of_another_shape_are_refused(rows: int) -> None:
    class Wrong:
        def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
            return [np.zeros((rows, 8), np.float32), np.zeros((rows, 4), np.float32)]

    running = Executing(systems.recurrent(), {(Stage.GLANCE, Form.WHOLE): Wrong()})
    with pytest.raises(ExecutionError, match=r"glance\.onnx: map came as"):
        running.run(Stage.GLANCE, Form.WHOLE, (0, 0), (0, 1))
