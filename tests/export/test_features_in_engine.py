"""What the networks leave in the engine's stores on the way to an answer, against the golden numbers."""

from pathlib import Path

import numpy as np
import pytest

from export.golden import load_golden
from foveate.bundle.load import Bundle
from foveate.engine import engine as engine_module
from foveate.engine.answer import make_answer
from foveate.engine.ledger import Entry
from foveate.engine.messages import Answer, Options, Stage, Submit
from foveate.engine.scheduler import LaneRules
from foveate.engine.store import VideoStore
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.engine.harness import Harness

RULES = LaneRules(lanes=2, max_frames=3, max_videos=1)


@pytest.mark.parametrize(
    ("fixture", "name"), [("published", "adafocus-v1-p128"), ("published_mean", "adafocus-v1-fc-p96")]
)
def test_features_on_the_way_are_the_published_ones(
    shared: Path,
    fixture: str,
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle: Bundle = request.getfixturevalue(fixture)
    golden = load_golden(shared / "golden", name)
    pixels = golden.pixels()
    count = pixels.shape[1]
    stores: dict[str, VideoStore] = {}

    def keep(entry: Entry, store: VideoStore, options: Options, now: float) -> Answer:
        stores[entry.id] = store
        return make_answer(entry, store, options, now)

    monkeypatch.setattr(engine_module, "make_answer", keep)
    harness = Harness(rules=RULES)
    harness.engine._runtime = OnnxCpuRuntime()
    harness.engine._page = lambda page, shape: pixels[page // count, page % count]
    harness.engine.add_bundle(name, bundle)
    for video in range(2):
        pages = tuple(range(video * count, (video + 1) * count))
        harness.engine.handle(Submit(str(video), name, (pages,)))
    harness.wait(2, seconds=120)
    assert harness.engine.close()
    views = [stores[str(video)].views[0] for video in range(2)]
    for array, key in (
        ("gmap", (Stage.GLANCE, "map")),
        ("gvec", (Stage.GLANCE, "vector")),
        ("local", (Stage.FOCUS, "vector")),
    ):
        found = np.stack([view.features[key] for view in views])
        assert golden.error(array, found) <= golden.tolerance(array), array
    corners = np.stack([view.rectangles[:, :2] for view in views])
    assert golden.error("corners", corners) == 0
