"""Convolutions by kernels and by torch: the whole command on a small bundle, kernels interpreted."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from benchmarks.gpu import layers as module
from benchmarks.gpu import ways
from benchmarks.gpu.__main__ import written
from benchmarks.gpu.clock import Clock
from benchmarks.gpu.layers import main, parts, runs
from benchmarks.gpu.layers_table import table
from benchmarks.gpu.measure import Part
from benchmarks.gpu.recorded import Layer, recorded
from benchmarks.gpu.ways import Bench
from foveate.bundle.load import load_bundle
from foveate.device import convolution
from foveate.device.buckets import buckets_up_to
from foveate.device.convolution import Call, Way, compute
from foveate.device.protocol import Work
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from tests.benchmarks.convolutions import write_bundle
from tests.benchmarks.test_gpu_clock import Mark
from tests.device.fake import FakeDevice
from tests.device.kernels.kinds import Interpreted
from tests.device.kernels.on_cpu import run_kernels

SECONDS = {Way.TORCH: 4e-6, Way.DEPTHWISE: 3e-6, Way.POINTWISE: 7e-6}
"""What each way takes by the stand-in."""
COPY_S = 1e-6


class StandIn:
    """A clock that does the work, and says of each way what it should take; see ``Clock``."""

    def __init__(self) -> None:
        self.taken: list[Way] = []

    def once(self, work: Work) -> None:
        with torch.no_grad():
            work()

    def times(self, ways: Sequence[Work], repeats: int) -> list[NDArray[np.float64]]:
        found = []
        for way in ways:
            before = len(self.taken)
            self.once(way)
            seconds = SECONDS[self.taken[before]] if self.taken[before:] else COPY_S
            found.append(self.measured(seconds, repeats))
        return found

    @staticmethod
    def measured(seconds: float, repeats: int) -> NDArray[np.float64]:
        """Half of it within a twentieth."""
        return seconds * np.linspace(0.9, 1.1, repeats)


@pytest.fixture(scope="module")
def bench(interpreted: Interpreted) -> Iterator[Bench]:
    """A bench without a GPU, with the convolutions of one."""
    clock: Any = StandIn()

    def noted(call: Call, way: Way) -> torch.Tensor:
        clock.taken.append(way)
        return compute(call, way)

    with pytest.MonkeyPatch.context() as patch:
        run_kernels(interpreted, patch)
        # So that 16 channels are few and 64 are many.
        patch.setattr(convolution, "_WAITS_FOR_MEMORY", 12)
        patch.setattr(ways, "compute", noted)
        yield Bench("some GPU", "torch 2", torch.device("cpu"), clock, repeats=5, copy_bytes=4000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with five kinds of convolutions in each network, of which one occurs twice."""
    return write_bundle(tmp_path_factory.mktemp("small") / "bundle")


@pytest.fixture(scope="module")
def report(small: Path, bench: Bench) -> dict[str, Any]:
    """Of batches of two units, the largest of two frames."""
    return written(parts(load_bundle(small), bench, (), 2), None)


def test_each_kind_of_convolution_is_measured_each_way_that_can_do_it(report: dict[str, Any]) -> None:
    rows = report["layers"]
    assert [row["network"] for row in rows] == ["glance"] * 5 + ["focus"] * 5
    torch_alone, depthwise, pointwise = ["torch"], ["torch", "depthwise"], ["torch", "pointwise"]
    for network in rows[:5], rows[5:]:
        measured = [list(row["ways"]) for row in network]
        assert measured == [torch_alone, depthwise, pointwise, pointwise, pointwise]
        today = [row["today"] for row in network]
        assert today == ["torch", "depthwise", "pointwise", "pointwise", "torch"]
        quicker = [row["quicker"] for row in network]
        assert quicker == ["torch", "depthwise", "torch", "torch", "torch"]
        assert [row["occurs"] for row in network] == [1, 2, 1, 1, 1]
        assert [row["residual"] for row in network] == [False, False, False, True, False]
        clamps = [[0.0, None], [0.0, 6.0], None, [0.0, None], None]
        assert [row["clamp"] for row in network] == clamps
        assert network[0]["differs"] is None
        assert all(row["differs"] < 4e-3 for row in network[1:])
    assert [(row["units"], row["value"]) for row in rows[4:6]] == [(2, [2, 16, 16, 16]), (2, [2, 3, 16, 16])]


def test_figures_are_of_the_time_and_of_what_must_be_moved(report: dict[str, Any]) -> None:
    assert report["memory_bytes_per_s"] == pytest.approx(2 * 4000 / COPY_S)
    depthwise = report["layers"][1]
    multiply_adds, size = 2 * 16 * 16 * 16 * 9, 2 * (2 * (2 * 16 * 16 * 16) + 16 * 9 + 16)
    assert (depthwise["multiply_adds"], depthwise["bytes"]) == (multiply_adds, size)
    kernel = depthwise["ways"]["depthwise"]
    assert kernel["us"] == pytest.approx(3)
    assert kernel["us_quartiles"] == pytest.approx([2.85, 3.15])
    assert kernel["multiply_adds_per_s"] == pytest.approx(multiply_adds / 3e-6)
    assert kernel["memory_share"] == pytest.approx(size / 8e9 / 3e-6)


def test_sums_are_of_all_convolutions_of_a_network(report: dict[str, Any]) -> None:
    first, _ = report["summary"]
    assert (first["network"], first["form"], first["units"]) == ("glance", "whole", 2)
    # One dense, two depthwise, two of one pixel by the kernel and one by torch.
    assert first["today_us"] == pytest.approx(4 + 2 * 3 + 2 * 7 + 4)
    assert first["quicker_us"] == pytest.approx(4 + 2 * 3 + 3 * 4)
    assert first["torch_us"] == pytest.approx(6 * 4)


@pytest.mark.parametrize("part", [4, 8])
def test_a_layer_is_measured_with_its_shift(report: dict[str, Any], bench: Bench, part: int) -> None:
    value = torch.zeros(6, 16, 5, 5, dtype=torch.float16).contiguous(memory_format=torch.channels_last)
    layer = Layer.of([value, torch.zeros(16, 16, 1, 1, dtype=torch.float16)], {"shift": [3, part]})
    row = ways.measured(layer, bench, 1e9)
    assert (row["shift"], list(row["ways"])) == ([3, part], ["torch", "pointwise"])
    assert 0 <= row["differs"] < 4e-3
    shown = table({**report, "layers": [{**report["layers"][0], **row, "occurs": 1}]})[5]
    assert shown.split()[:7] == ["glance", "2", "1", "6x16x5x5", "16x16x1x1", "1x1", "shift"]


def test_the_clock_times_what_there_is(small: Path, bench: Bench) -> None:
    """That of a GPU, on the fake device, by the time of the day."""

    class Now:
        @property
        def now(self) -> float:
            return time.perf_counter()

    clock = Clock(FakeDevice(), lambda stream: Mark(Now(), stream), calls=2)
    real = Bench("some GPU", "torch 2", bench.device, clock, repeats=3, copy_bytes=4000)
    bundle = load_bundle(small)
    run, graph = next(runs(bundle, (1,), 256))
    with torch.no_grad():
        layers = list(recorded(bundle.folder / graph.file, graph, run["units"], bench.device))
    row = ways.measured(layers[1], real, real.memory_bytes_per_s())
    assert list(row["ways"]) == ["torch", "depthwise"]
    for figures in row["ways"].values():
        low, high = figures["us_quartiles"]
        assert 0 < low <= figures["us"] <= high
        assert figures["memory_share"] > 0


def test_batches_are_those_asked_for_or_the_largest_buckets(small: Path) -> None:
    bundle = load_bundle(small)
    asked = [(run["network"], run["units"]) for run, _ in runs(bundle, (1, 3), 256)]
    assert asked == [("glance", 1), ("glance", 3), ("focus", 1), ("focus", 3)]
    rules, plan = LaneRules(lanes=3, max_frames=256), BundlePlan.of(bundle.manifest)
    for run, _ in runs(bundle, (), 256):
        assert run["units"] == buckets_up_to(rules.most_units(plan, Stage(run["network"])))[-1] == 256


def test_what_overlaps_is_not_told_apart(report: dict[str, Any]) -> None:
    assert [row["apart"] for row in report["layers"][1:3]] == [True, True]
    near = [StandIn.measured(seconds, 5) for seconds in (4e-6, 3.9e-6)]
    assert not ways._apart(near)
    assert not table(report)[5].endswith("~")
    report = {**report, "layers": [{**report["layers"][1], "apart": False}]}
    assert table(report)[5].endswith("depthwise ~")


def test_a_report_is_kept_layer_by_layer(small: Path, bench: Bench, tmp_path: Path) -> None:
    out, counts = tmp_path / "layers.json", []

    def watched() -> Iterator[Part]:
        for part in parts(load_bundle(small), bench, (1,), 256):
            yield part
            counts.append(len(json.loads(out.read_text()).get("layers", ())))

    written(watched(), out)
    assert counts == [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 10]


def test_the_command(
    small: Path,
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []

    def on_gpu(*given: int) -> Bench:
        asked.append(given)
        return bench

    monkeypatch.setattr(module, "on_gpu", on_gpu)
    out = tmp_path / "layers.json"
    command = ["--bundle", str(small), "--units", "2", "--gpu", "1", "--repeats", "5", "--out", str(out)]
    assert main(command) == 0
    assert asked == [(1, 5)]
    report = json.loads(out.read_text())
    assert (report["machine"], report["runtime"]) == ("some GPU", "torch 2")
    assert (report["bundle"], report["networks"]["glance"]) == ("recurrent 1", "fp16")
    assert report["flops"] == "multiply-adds"
    head, glance, focus, _, columns, *layers = capsys.readouterr().out.splitlines()
    assert head.startswith("recurrent 1, some GPU; a copy in its memory reads and writes 8 GB/s")
    assert glance.startswith("glance, whole, 2 units: convolutions take 28 us as decided")
    assert glance.endswith("22 us with the quicker way everywhere, 24 us with torch everywhere")
    assert focus.startswith("focus, whole, 2 units")
    assert columns.split()[-4:] == ["torch", "kernel", "today", "quicker"]
    # Those that have a kernel.
    assert len(layers) == 8
    assert layers[0].split() == [
        *("glance", "2", "2", "2x16x16x16", "16x1x3x3", "1x1", "bias+clamp"),
        *("4.0", "(3.8-4.2)", "3.0", "(2.9-3.2)", "depthwise", "depthwise"),
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_said_in_a_line(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", str(small)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("benchmarks.gpu.layers: torch")
    assert line.endswith("finds no GPU 0")


def test_a_missing_bundle_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", str(tmp_path / "none")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("benchmarks.gpu.layers: there is no bundle")
