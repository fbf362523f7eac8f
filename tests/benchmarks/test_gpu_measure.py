"""All of a bundle's figures, on the fake device, and what is said of its networks."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.measure import Extent, facts, measure, precisions
from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.engine.scheduler import LaneRules
from tests.device.harness import FakeLoader
from tests.device.opening import OnFake
from tests.engine import systems
from tests.engine.fake import bundle
from tests.runtimes.made import write_double

RULES = LaneRules(lanes=2, max_frames=24, max_videos=3, share=False)
EXTENT = Extent(in_flight=4, repeats=1, seconds=0.05)


@pytest.mark.parametrize("name", ["uni-tsm", "dense"])
def test_what_matters_most_comes_first(name: str) -> None:
    manifest = systems.ALL[name]()
    runtime = OnFake(FakeLoader([manifest], None))
    parts = list(measure(bundle(manifest), runtime, lambda: runtime, RULES, EXTENT))
    assert [next(iter(part)) for part in parts] == ["raw_loop_videos_per_s", "frames_in", "stages"]
    report = {key: value for part in parts for key, value in part.items()}
    raw, served = report["raw_loop_videos_per_s"], report["frames_in"]
    assert isinstance(raw, float)
    assert isinstance(served, dict)
    assert report["engine_over_raw_loop"] == served["videos_per_s"] / raw > 0
    assert report["stages"]


def test_videos_in_flight_are_enough_for_the_raw_loop() -> None:
    what = load_bundle(untrained_bundle())
    found = facts(what, RULES, EXTENT, half=False)
    rules = {"lanes": 2, "frames": 24, "videos": 3}
    assert found["rules"] == rules | {"in_flight": 48, "repeats": 1, "seconds": 0.05}
    assert found["multiply_adds"] == what.manifest.cost.nominal[-1]
    many = facts(what, RULES, Extent(in_flight=100), half=False)["rules"]
    assert isinstance(many, dict)
    assert many["in_flight"] == 100


def test_each_network_is_said_to_be_in_what_it_is(tmp_path: Path) -> None:
    manifest = load_bundle(untrained_bundle()).manifest
    for network, kind in (("glance", np.float32), ("policy", np.float32), ("classifier", np.float32)):
        for graph in getattr(manifest.networks, network).forms.values():
            write_double(tmp_path / graph.file, kind)
    focus = manifest.networks.focus
    assert focus is not None
    for graph in focus.forms.values():
        write_double(tmp_path / graph.file, np.float16)
    what = Bundle(tmp_path, manifest, ())
    assert manifest.precision == "fp16"
    exact = {"glance": "fp32", "policy": "fp32", "focus": "fp16", "classifier": "fp32"}
    assert precisions(what, half=False) == exact
    assert precisions(what, half=True) == {**exact, "glance": "fp16"}
    assert facts(what, RULES, EXTENT, half=True)["networks"] == precisions(what, half=True)
