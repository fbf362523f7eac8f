"""The bundle that is served by default: it does what its model card says."""

from pathlib import Path

from foveate.bundle.load import default_bundle, load_bundle
from foveate.bundle.verify import verify
from foveate.evaluation.evaluate import Request, evaluate
from foveate.evaluation.run import Layout
from training.synthetic.files import write_data_set

MOST_BYTES = 15_000_000
CLIPS = 60


def test_it_is_whole_and_small() -> None:
    bundle = load_bundle(default_bundle())
    assert [finding for finding in verify(bundle) if finding.problem] == []
    assert sum(path.stat().st_size for path in default_bundle().iterdir()) < MOST_BYTES
    assert bundle.manifest.exits is not None
    assert "drawn clips only" in (bundle.manifest.notice or "")


def test_it_tells_actions_in_clips_it_has_not_seen(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    listed = write_data_set(folder, CLIPS, 4711)
    request = Request(default_bundle(), listed, Layout(folder), every_answer=True)
    report, _ = evaluate(request, lambda *_: None)
    # Of 1,000 clips it tells 93.5 %: fewer than 80 % of 60 would be four standard deviations off.
    assert report.scores.top1 >= 80
    # The first patch alone tells less than all eight.
    assert report.answers[0].scores.top1 < report.scores.top1
    (default,) = (point for point in report.exits if point.default)
    assert default.nominal < 0.7 * report.full
    assert default.scores.top1 >= 75
