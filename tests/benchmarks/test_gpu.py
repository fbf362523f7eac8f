"""The measuring code on the fake device: that it runs everything once, not how fast."""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks.gpu.frames_in import frames_in
from benchmarks.gpu.raw_loop import raw_rate, videos_a_round
from benchmarks.gpu.stages import stage_times, videos_needed
from foveate.bundle.manifest import Graph
from foveate.device.executors import DeviceExecutors
from foveate.device.pixels import look_on_host
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Tensor
from tests.device.fake import FakeDevice
from tests.device.harness import FakeLoader
from tests.engine import systems
from tests.engine.fake import FakeRuntime, bundle

RULES = LaneRules(lanes=2, max_frames=24, max_videos=3, share=False)


@pytest.mark.parametrize("name", ["recurrent", "uni-tsm", "v2-exits", "dense"])
def test_every_program_is_timed(name: str) -> None:
    manifest = systems.ALL[name]()
    plan = BundlePlan.of(manifest)
    videos = videos_needed(plan, RULES)
    memory: Any = np.zeros((videos * manifest.sampling.pool, 32 * 32 * 3), np.uint8)
    made = DeviceExecutors(FakeDevice(), memory, FakeLoader([manifest], None), look_on_host, RULES, videos)
    executor = made.make(bundle(manifest), plan)
    rows = stage_times(executor, plan, RULES, repeats=1)
    programs = [(stage, form) for stage in Stage if (n := plan.network(stage)) for form in n.forms]
    assert len(rows) == sum(len(executor.buckets(stage)) for stage, _ in programs)
    figures = [row[name] for row in rows for name in ("median_s", "multiply_adds_per_s")]
    assert all(isinstance(figure, float) and figure > 0 for figure in figures)


def test_videos_go_round_and_round() -> None:
    manifest = systems.dense()
    memory: Any = np.zeros((4 * manifest.sampling.pool, 32 * 32 * 3), np.uint8)
    loader = FakeLoader([manifest], None)
    made = DeviceExecutors(FakeDevice(), memory, loader, look_on_host, RULES, videos=4)
    found = frames_in(bundle(manifest), memory, FakeRuntime([manifest]), made.make, RULES, 4, 0.2)
    made.close()
    assert found["videos_per_s"] > 1
    assert found["multiply_adds_per_s"] == found["videos_per_s"] * manifest.cost.nominal[-1]


@pytest.mark.parametrize("name", ["recurrent", "uni-tsm", "v2-exits", "dense"])
def test_the_raw_loop_goes_through_all_stages(name: str) -> None:
    manifest = systems.ALL[name]()
    plan = BundlePlan.of(manifest)
    videos = RULES.lanes * videos_needed(plan, RULES)
    memory: Any = np.zeros((videos * manifest.sampling.pool, 32 * 32 * 3), np.uint8)
    made = DeviceExecutors(FakeDevice(), memory, FakeLoader([manifest], None), look_on_host, RULES, videos)
    assert raw_rate(made.make(bundle(manifest), plan), plan, RULES, 0.05) > 1
    made.close()


@pytest.mark.parametrize(
    ("name", "videos"), [("uni-tsm", 63), ("uni-x3d", 64), ("recurrent", 256), ("dense", 256)]
)
def test_a_round_has_as_many_videos_as_leave_no_batch_with_few(name: str, videos: int) -> None:
    plan = BundlePlan.of(systems.ALL[name]())
    rules = LaneRules(lanes=2, max_frames=256, max_videos=64, share=False)
    assert videos_a_round(plan, rules) == videos


def test_what_a_lane_ends_with_is_said() -> None:
    manifest = systems.dense()
    plan = BundlePlan.of(manifest)
    videos = RULES.lanes * videos_needed(plan, RULES)
    main = threading.get_ident()

    def hook(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        # What is tried when the bundle is loaded, and the first round, run in this thread.
        if threading.get_ident() != main:
            raise ArithmeticError("no such number")

    memory: Any = np.zeros((videos * manifest.sampling.pool, 32 * 32 * 3), np.uint8)
    loader = FakeLoader([manifest], hook)
    made = DeviceExecutors(FakeDevice(), memory, loader, look_on_host, RULES, videos)
    with pytest.raises(ArithmeticError, match="no such number"):
        raw_rate(made.make(bundle(manifest), plan), plan, RULES, 0.05)
