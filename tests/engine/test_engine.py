import threading
import time
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph, Manifest
from foveate.engine.engine import Engine
from foveate.engine.messages import (
    Cancel,
    Event,
    ExitReason,
    Options,
    Released,
    Stage,
    Submit,
)
from foveate.engine.scheduler import LaneRules
from foveate.engine.units import Batch
from foveate.errors import (
    BundleError,
    CancelledError,
    ConfigError,
    DeadlineError,
    ExecutionError,
    UnavailableError,
)
from foveate.runtimes.base import Tensor
from tests.engine import systems
from tests.engine.fake import BatchLog, FakeGraph, FakeRuntime, Pages, bundle, pages_of
from tests.engine.harness import Gate, Harness, alone
from tests.engine.parts import CLASSES
from tests.engine.reference import answer_directly


@pytest.mark.parametrize("name", sorted(systems.ALL))
def test_the_engine_computes_what_the_networks_say(name: str) -> None:
    manifest = systems.ALL[name]()
    answer = alone(manifest, 0, Options())
    logits, rectangles = answer_directly(manifest, Pages(), pages_of(manifest, 0))
    np.testing.assert_allclose(answer.logits, logits, atol=1e-5)
    assert answer.exit is ExitReason.COMPLETE
    assert [look.rectangle for look in answer.looks] == [tuple(r) for r in rectangles.tolist()]
    full, dropped = manifest.cost.nominal[-1], sum(not look.focused for look in answer.looks)
    assert (answer.spent.nominal, answer.spent.full) == (full - 800 * dropped, full)


@pytest.mark.parametrize("name", ["recurrent", "v2-exits", "glance-then-steps"])
def test_every_step_ends_in_the_same_answer(name: str) -> None:
    manifest = systems.ALL[name]()
    answer = alone(manifest, 0, Options(every_step=True))
    assert answer.step_logits is not None
    assert answer.step_logits.shape == (len(manifest.cost.nominal), CLASSES)
    np.testing.assert_array_equal(answer.step_logits[-1], answer.logits)


def test_thresholds_decide_where_a_video_leaves() -> None:
    manifest = systems.v2_exits()
    every = alone(manifest, 0, Options(every_step=True)).step_logits
    assert every is not None
    best = every.max(axis=1)
    wanted = int(np.argmax(best[:10])) if best[:10].argmax() > 0 else 5
    thresholds = (*(float(best[wanted]) if i == wanted else 1e8 for i in range(15)), -1e8)
    answer = alone(manifest, 0, Options(thresholds=thresholds))
    assert (answer.answers, answer.exit) == (wanted + 1, ExitReason.CONFIDENCE)
    np.testing.assert_array_equal(answer.logits, every[wanted])
    assert answer.spent.nominal == manifest.cost.nominal[wanted]
    assert answer.spent.executed >= answer.spent.nominal
    assert len(answer.glanced) == answer.spent.frames_glanced
    assert list(answer.glanced) == list(manifest.plan.glance[: len(answer.glanced)])


def test_a_budget_of_answers_is_kept() -> None:
    answer = alone(systems.recurrent(), 0, Options(max_answers=4))
    assert (answer.answers, answer.exit) == (4, ExitReason.BUDGET)
    assert answer.spent.executed == answer.spent.nominal == 4 * 1130


def any_rules(rng: np.random.Generator) -> LaneRules:
    return LaneRules(
        lanes=int(rng.integers(1, 5)),
        max_frames=int(rng.choice([1, 5, 16, 64])),
        max_videos=int(rng.integers(1, 6)),
        share=bool(rng.integers(2)),
        full=bool(rng.integers(2)),
        look_ahead=int(rng.integers(1, 4)),
    )


def any_options(rng: np.random.Generator, manifest: Manifest) -> Options:
    answers = len(manifest.cost.nominal)
    thresholds = tuple(float(t) for t in rng.normal(2.6, 0.6, answers))
    choices = [
        Options(),
        Options(every_step=True),
        Options(max_answers=int(rng.integers(1, answers + 1))),
        Options(thresholds=thresholds if manifest.exits else None),
    ]
    return choices[int(rng.integers(4))]


def full_at_times(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
    if len(next(iter(inputs.values()))) > 3 and threading.get_ident() + time.monotonic_ns() & 7 == 0:
        raise MemoryError("as if the device were full")


@pytest.mark.parametrize("seed", range(4))
def test_company_changes_no_answer(seed: int) -> None:
    """Every system at once, batches split and refilled at random, exits and failures in between."""
    rng = np.random.default_rng(seed)
    manifests = [make() for make in systems.ALL.values()]
    harness = Harness(*manifests, rules=any_rules(rng), hook=full_at_times)
    wanted: dict[str, tuple[Manifest, Options]] = {}
    for number in range(24):
        manifest = manifests[int(rng.integers(len(manifests)))]
        options = any_options(rng, manifest)
        wanted[str(number)] = (manifest, options)
        harness.engine.handle(Submit(str(number), manifest.name, pages_of(manifest, 3 * number), options))
    harness.wait(24)
    assert harness.engine.close()
    assert harness.errors() == {}
    for video, (manifest, options) in wanted.items():
        answer, single = harness.answers()[video], alone(manifest, 3 * int(video), options)
        np.testing.assert_allclose(answer.logits, single.logits, atol=1e-4)
        assert (answer.answers, answer.exit) == (single.answers, single.exit)
        assert answer.spent.nominal == single.spent.nominal
        # Look-ahead differs with company; what led to the answer does not.
        for look, other in zip(answer.looks, single.looks, strict=False):
            assert (look.entry, look.rectangle) == (other.entry, other.rectangle)


def test_a_failing_video_fails_alone() -> None:
    pages = Pages()
    poison = pages(1000, (32, 32, 3))
    poison[:] = 255

    def hook(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        if "pixels" in inputs and (inputs["pixels"].min(axis=(1, 2, 3)) > 2).any():
            raise RuntimeError("a kernel failed at 0xdeadbeef")

    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=2, max_frames=64, share=False), hook=hook)
    harness.pages._pages[1000] = poison
    for video in "abc":
        harness.engine.handle(Submit(video, manifest.name, pages_of(manifest, 0)))
    bad = ((*pages_of(manifest, 0)[0][:-1], 1000),)
    harness.engine.handle(Submit("bad", manifest.name, bad))
    harness.wait(4)
    assert set(harness.answers()) == set("abc")
    assert isinstance(harness.errors()["bad"], ExecutionError)
    assert "0xdeadbeef" not in str(harness.errors()["bad"])
    harness.engine.handle(Submit("after", manifest.name, pages_of(manifest, 0)))
    harness.wait(5)
    assert harness.engine.healthy
    assert harness.engine.close()


def test_cancel_and_deadline_end_a_video_early() -> None:
    gate = Gate()
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=1, max_frames=4), hook=gate)
    harness.engine.handle(Submit("gone", manifest.name, pages_of(manifest, 0)))
    assert gate.reached.wait(10)
    late = Submit("late", manifest.name, pages_of(manifest, 0), deadline=time.monotonic())
    harness.engine.handle(late)
    harness.engine.handle(Cancel("gone"))
    assert isinstance(harness.errors()["gone"], CancelledError)
    assert harness.of(Released) == []
    gate.open.set()
    harness.wait(2)
    assert isinstance(harness.errors()["late"], DeadlineError)
    assert harness.engine.close()


def test_closing_fails_what_is_in_flight_and_refuses_more() -> None:
    gate = Gate()
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=2), hook=gate)
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    assert gate.reached.wait(10)
    closer = threading.Thread(target=harness.engine.close)
    closer.start()
    harness.until(lambda: "a" in harness.errors())
    gate.open.set()
    closer.join(10)
    assert isinstance(harness.errors()["a"], UnavailableError)
    assert not harness.engine.healthy
    with pytest.raises(UnavailableError):
        harness.engine.handle(Submit("b", manifest.name, pages_of(manifest, 0)))


def test_a_dead_lane_fails_everything_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=2), hook=gate)

    def broken(*args: object) -> None:
        raise AssertionError("a defect of the scheduler")

    monkeypatch.setattr(harness.engine._scheduler, "complete", broken)
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    gate.open.set()
    deadline = time.monotonic() + 10
    while not harness.deaths and time.monotonic() < deadline:
        time.sleep(0.01)
    assert str(harness.deaths[0]) == "a defect of the scheduler"
    assert isinstance(harness.errors()["a"], UnavailableError)
    assert not harness.engine.healthy


def test_the_observer_and_the_meter_see_the_batches() -> None:
    seen: list[tuple[Stage, int, bool]] = []

    class Watcher:
        def batch(self, batch: Batch, seconds: float, failed: bool) -> None:
            seen.append((batch.key.stage, len(batch.units), failed))

    manifest = systems.dense()
    done = threading.Event()

    def deliver(events: Sequence[Event]) -> None:
        if any(isinstance(event, Released) for event in events):
            done.set()

    rules = LaneRules(lanes=1)
    engine = Engine(FakeRuntime([manifest]), rules, Pages(), deliver, observer=Watcher())
    engine.add_bundle("dense", bundle(manifest))
    assert engine.drain_seconds() is None
    engine.start()
    engine.handle(Submit("a", "dense", pages_of(manifest, 0)))
    assert done.wait(10)
    assert engine.close()
    assert seen == [(Stage.FOCUS, 8, False), (Stage.CLASSIFY, 1, False)]
    assert engine.drain_seconds() == 0
    assert engine.in_flight() == 0
    assert set(engine.depths().values()) <= {0}


def test_two_bundles_of_one_name_are_refused() -> None:
    manifest = systems.dense()
    harness = Harness(manifest, rules=LaneRules(lanes=1))
    with pytest.raises(ConfigError, match="two bundles are named dense"):
        harness.engine.add_bundle("dense", bundle(manifest))
    assert harness.engine.close()


def test_a_graph_that_cannot_be_loaded_names_itself() -> None:
    class Broken(FakeRuntime):
        def load(self, path: object, graph: Graph) -> FakeGraph:
            raise BundleError(f"{graph.file} cannot be loaded")

    manifest = systems.dense()
    engine = Engine(Broken([manifest]), LaneRules(lanes=1), Pages(), lambda events: None)
    with pytest.raises(BundleError, match=r"focus\.onnx"):
        engine.add_bundle("dense", bundle(manifest))


def test_timing_adds_up() -> None:
    def hook(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        time.sleep(0.01)

    manifest = systems.uni_tsm()
    harness = Harness(manifest, rules=LaneRules(lanes=1), hook=hook)
    started = time.monotonic()
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    harness.wait(1)
    took = time.monotonic() - started
    assert harness.engine.close()
    answer = harness.answers()["a"]
    assert set(answer.stage_s) == set(Stage)
    assert all(seconds >= 0.01 for seconds in answer.stage_s.values())
    assert sum(answer.stage_s.values()) + answer.queue_s <= took


def test_batches_fill_with_many_videos() -> None:
    log = BatchLog()
    manifest = systems.recurrent()
    gate = threading.Event()

    def hook(graph: Graph, inputs: Mapping[str, NDArray[np.float32]]) -> None:
        gate.wait(10)
        log(graph, inputs)

    harness = Harness(manifest, rules=LaneRules(lanes=1, max_frames=64, share=False), hook=hook)
    for number in range(9):
        harness.engine.handle(Submit(str(number), manifest.name, pages_of(manifest, number)))
    gate.set()
    harness.wait(9)
    assert harness.engine.close()
    assert max(size for file, size in log.batches if "glance" in file) == 64
