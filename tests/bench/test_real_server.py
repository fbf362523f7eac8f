"""The generator against the server itself, with the embedded bundle."""

import io
from dataclasses import replace
from pathlib import Path

from foveate.bench.plan import LevelPlan
from foveate.bench.run import run
from foveate.bench.stability import Rules
from tests.bench.test_setup import options
from tests.server.live import running
from tests.video.made import encode


def test_two_clips(tmp_path: Path) -> None:
    for number in (0, 1):
        encode(tmp_path / f"{number}.mp4", "libx264", frames=20 + 10 * number, size=(96, 64))
    rules = Rules(warmup_s=0, window_s=1.0, most=3, within=1e9, percentile=None)
    with running() as live:
        wanted = options(
            url=f"http://127.0.0.1:{live.port}",
            inputs=(tmp_path,),
            levels=(LevelPlan("trace", 1, trace=(0.0, 0.1, 0.2, 0.3)),),
            rules=rules,
            parameters={"max_gflops": "1"},
        )
        (level,) = run(wanted, [], io.StringIO()).levels
        live.until(live.at_rest)
        raw = replace(wanted, inputs=(), frames=4, frame_size=(64, 48))
        report = run(raw, [], io.StringIO())
    assert (level.sent, level.answered, level.failed) == (4, 4, {})
    before = ["upload", "wait_pages", "wait_decode", "decode", "wait_lane"]
    assert list(level.stages_ms) == [*before, "glance", "policy", "focus", "classify", "total"]
    assert level.overhead_ms is not None
    assert level.overhead_ms.count == 4
    assert level.compute is not None
    assert 0 < level.compute.gflops_nominal <= 1
    assert level.compute.exits == {"budget": 4}
    assert report.levels[0].answered == 4
    assert report.setup.model.name == "untrained"
    assert report.setup.versions["server"] == report.setup.versions["foveate"]
