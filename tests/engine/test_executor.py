from collections.abc import Mapping

import numpy as np
import pytest

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Output
from foveate.bundle.vocabulary import Form, Sink
from foveate.engine.engine import Engine
from foveate.engine.executor import ChecksBundles, keep_on_host, looked_at, outcome_of
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.store import VideoStore
from foveate.engine.units import Outcome, Unit
from foveate.errors import BundleError
from foveate.runtimes.base import LoadedGraph
from tests.engine import systems
from tests.engine.fake import FakeRuntime, Pages, bundle


def test_a_glance_looks_at_whole_frames_and_a_focus_at_its_plan() -> None:
    plan = BundlePlan.of(systems.uni_tsm())
    view = VideoStore(plan, ((0,) * 32,)).views[0]
    glance, focus = (Unit(0, stage, Form.WHOLE, 0, 0) for stage in (Stage.GLANCE, Stage.FOCUS))
    assert looked_at(plan, glance, view) == [(entry, None) for entry in range(8)]
    view.frames[:] = np.arange(12) * 2
    assert looked_at(plan, focus, view) == [(8 + 2 * step, step) for step in range(12)]


def test_a_single_patch_is_that_of_its_step() -> None:
    plan = BundlePlan.of(systems.v2_exits())
    view = VideoStore(plan, ((0,) * 16,)).views[0]
    assert looked_at(plan, Unit(0, Stage.FOCUS, Form.WHOLE, 0, 4), view) == [(11, 4)]


def test_features_and_states_are_not_the_hosts() -> None:
    plan = BundlePlan.of(systems.recurrent())
    view = VideoStore(plan, ((0,) * 16,)).views[0]
    unit = Unit(0, Stage.CLASSIFY, Form.STEP, 0, 2)
    keep_on_host(plan, unit, view, Output(name="h", sink=Sink.STATE, shape=(6,)), np.ones(6, np.float32))
    assert (view.states, view.features) == ({}, {})
    logits = Output(name="l", sink=Sink.LOGITS, shape=(5,))
    keep_on_host(plan, unit, view, logits, np.ones(5, np.float32))
    assert view.logits.sum(axis=1).nonzero()[0].tolist() == [2]


def test_probabilities_are_held_against_the_plans_threshold() -> None:
    keep = np.array([0.5, 0.49], np.float32)
    assert outcome_of(BundlePlan.of(systems.skipping()), keep) == Outcome((True, False))
    assert outcome_of(BundlePlan.of(systems.recurrent()), keep) == Outcome()


def test_a_runtime_that_checks_bundles_is_shown_each_before_it_serves() -> None:
    seen: list[str] = []

    class Checking(FakeRuntime):
        def check(self, bundle: Bundle, graphs: Mapping[str, LoadedGraph]) -> None:
            seen.extend(graphs)
            if bundle.manifest.name == "dense":
                raise BundleError("it would choose otherwise")

    two, dense = systems.recurrent(), systems.dense()
    runtime = Checking([two, dense])
    assert isinstance(runtime, ChecksBundles)
    assert not isinstance(FakeRuntime([dense]), ChecksBundles)
    engine = Engine(runtime, LaneRules(lanes=1), Pages(), lambda events: None)
    engine.add_bundle("two", bundle(two))
    networks = two.networks
    present = (networks.glance, networks.policy, networks.focus, networks.classifier)
    assert sorted(seen) == sorted(graph.file for each in present if each for graph in each.forms.values())
    with pytest.raises(BundleError, match="it would choose otherwise"):
        engine.add_bundle("dense", bundle(dense))
    with pytest.raises(KeyError):
        engine.plan("dense")
