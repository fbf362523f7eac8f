"""Batches on a fake device give what the CPU gives, in the right order, and allocate nothing."""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph, Manifest
from foveate.bundle.vocabulary import Form
from foveate.device.executor import DeviceExecutor
from foveate.device.executors import DeviceExecutors
from foveate.device.lane import DeviceLostError
from foveate.device.pixels import look_on_host
from foveate.engine.messages import ExitReason, Options, Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit
from foveate.errors import ExecutionError
from foveate.runtimes.base import Tensor
from tests.device.fake import FakeDevice, FakeStream, OrderError
from tests.device.harness import DeviceHarness, FakeLoader, pages_in
from tests.engine import systems
from tests.engine.fake import bundle, pages_of
from tests.engine.harness import alone
from tests.engine.test_engine import any_options

RULES = LaneRules(lanes=2, max_frames=32, max_videos=4, share=False)


def check(harness: DeviceHarness, video: str, manifest: Manifest, first: int, options: Options) -> None:
    answer, single = harness.answers()[video], alone(manifest, first, options)
    np.testing.assert_allclose(answer.logits, single.logits, atol=1e-4)
    assert (answer.answers, answer.exit) == (single.answers, single.exit)
    assert answer.spent.nominal == single.spent.nominal
    for look, other in zip(answer.looks, single.looks, strict=False):
        assert (look.entry, look.rectangle) == (other.entry, other.rectangle)


@pytest.mark.parametrize("capturable", [True, False])
@pytest.mark.parametrize("name", sorted(systems.ALL))
def test_the_answers_are_the_cpus(name: str, capturable: bool, memory: NDArray[Any]) -> None:
    manifest = systems.ALL[name]()
    harness = DeviceHarness(manifest, rules=RULES, memory=memory, capturable=capturable)
    firsts = [number * pages_in(manifest) for number in range(3)]
    for number, first in enumerate(firsts):
        harness.submit(str(number), manifest, first)
    harness.wait(3)
    assert harness.engine.close()
    assert harness.errors() == {}
    check(harness, "2", manifest, firsts[2], Options())
    assert harness.answers()["2"].exit is ExitReason.COMPLETE
    assert (harness.device.captures > 0) is capturable


@pytest.mark.parametrize("seed", range(2))
def test_company_exits_and_failures_change_no_answer(seed: int, memory: NDArray[Any]) -> None:
    """Every system at once, batches split at random; few slots, so that frames give way and come back."""
    rng = np.random.default_rng(seed)
    serving, failed = threading.Event(), threading.Event()

    def full_at_times(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        if serving.is_set() and len(next(iter(inputs.values()))) > 2 and rng.integers(6) == 0:
            failed.set()
            raise MemoryError("as if the device were full")

    manifests = [make() for name, make in systems.ALL.items() if name != "uni-x3d"]
    harness = DeviceHarness(*manifests, rules=RULES, memory=memory, hook=full_at_times, slots=48)
    serving.set()
    wanted = {}
    for number in range(24):
        manifest = manifests[int(rng.integers(len(manifests)))]
        wanted[str(number)] = (manifest, 40 * number, any_options(rng, manifest))
        harness.submit(str(number), *wanted[str(number)])
    harness.wait(24)
    assert harness.engine.close()
    assert (harness.errors(), harness.deaths) == ({}, [])
    assert failed.is_set()
    assert harness.executors.slots.stats.recopied > 0
    for video, (manifest, first, options) in wanted.items():
        check(harness, video, manifest, first, options)


class Direct:
    """An executor on a fake device, and videos whose batches a test forms itself."""

    def __init__(self, manifest: Manifest, memory: NDArray[Any], rules: LaneRules = RULES) -> None:
        self.device, self.plan = FakeDevice(), BundlePlan.of(manifest)
        loader = FakeLoader([manifest], None)
        self.made = DeviceExecutors(self.device, memory, loader, look_on_host, rules, videos=8)
        self.executor: DeviceExecutor = self.made.make(bundle(manifest), self.plan)
        self.stores = [self.executor.open(pages_of(manifest, 100 * video)) for video in range(8)]

    def run(self, lane: int, stage: Stage, form: Form, *which: tuple[int, int]) -> None:
        units = tuple(Unit(video, stage, form, 0, index) for video, index in which)
        batch = Batch(0, QueueKey("x", stage, form), units, ClosedBy.FULL)
        self.executor.run(batch, [self.stores[video] for video, _ in which], Scratch(lane))


def test_a_thousand_batches_capture_and_allocate_nothing(memory: NDArray[Any]) -> None:
    running, rng = Direct(systems.recurrent(), memory), np.random.default_rng(0)
    for video in range(8):
        running.run(0, Stage.GLANCE, Form.WHOLE, *[(video, index) for index in range(16)])
    before = (running.device.captures, running.device.allocations)
    buckets = (
        len(running.executor._buckets[Stage.FOCUS]) * 2 + len(running.executor._buckets[Stage.POLICY]) * 4
    )
    assert before[0] == 2 * buckets
    for _ in range(500):
        lane = int(rng.integers(2))
        chosen = rng.permutation(8)[: rng.integers(1, 5)].tolist()
        running.run(lane, Stage.POLICY, Form.WHOLE, *[(video, 0) for video in chosen])
        places = [(video, index) for video in chosen for index in rng.permutation(16)[:8].tolist()]
        running.run(1 - lane, Stage.FOCUS, Form.WHOLE, *places[: rng.integers(1, len(places) + 1)])
    assert (running.device.captures, running.device.allocations) == before
    assert running.device.replays == 1008
    # Each page came once, though its video was glanced at and then cut from many times.
    assert running.made.slots.stats.copied == 8 * 16


def test_only_frames_that_are_looked_at_are_copied(memory: NDArray[Any]) -> None:
    running = Direct(systems.recurrent(), memory)
    running.run(0, Stage.GLANCE, Form.WHOLE, (0, 0), (0, 1), (3, 0))
    assert running.made.slots.stats.copied == 3


@pytest.mark.parametrize("forgotten", ["frames", "rows"])
def test_a_forgotten_wait_is_found(
    forgotten: str, memory: NDArray[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Direct(systems.recurrent(), memory)
    event = running.made.slots._copied if forgotten == "frames" else running.executor._arena._cleared
    wait = FakeStream.wait
    monkeypatch.setattr(FakeStream, "wait", lambda self, e: None if e is event else wait(self, e))
    with pytest.raises(
        OrderError, match="before it is written" if forgotten == "frames" else "twice at once"
    ):
        running.run(0, Stage.GLANCE, Form.WHOLE, (0, 0))


def test_a_rectangle_outside_its_frame_is_refused_before_the_device_sees_it(memory: NDArray[Any]) -> None:
    running = Direct(systems.recurrent(), memory)
    running.stores[0].views[0].rectangles[3] = [17, 0, 16, 16]
    with pytest.raises(ExecutionError, match="no whole 16 x 16 patch lies at"):
        running.run(0, Stage.FOCUS, Form.WHOLE, (0, 3))
    running.stores[0].views[0].rectangles[3] = [np.nan, 0, 16, 16]
    with pytest.raises(ExecutionError, match="not a number"):
        running.run(0, Stage.FOCUS, Form.WHOLE, (0, 3))


def test_a_failed_batch_has_ended_before_its_frames_are_let_go(
    memory: NDArray[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Direct(systems.recurrent(), memory)
    slots, broken = running.made.slots, running.executor._programs[0][Stage.GLANCE, Form.WHOLE, 2].program
    monkeypatch.setattr(broken, "fill", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        running.run(0, Stage.GLANCE, Form.WHOLE, (0, 0), (0, 1))
    slots._slab.write()
    running.run(0, Stage.GLANCE, Form.WHOLE, (0, 0))
    running.executor.close(running.stores[0])


def test_a_device_that_does_not_recover_ends_its_lane(
    memory: NDArray[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Direct(systems.recurrent(), memory)

    def gone(*args: object) -> None:
        raise RuntimeError("an illegal memory access was encountered")

    monkeypatch.setattr(FakeStream, "copy", gone)
    monkeypatch.setattr(FakeStream, "synchronize", gone)
    with pytest.raises(DeviceLostError, match="does not recover: an illegal memory access"):
        running.run(0, Stage.GLANCE, Form.WHOLE, (0, 0))
