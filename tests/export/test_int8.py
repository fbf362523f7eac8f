import shutil
from pathlib import Path

import pytest

from export import int8
from export.int8 import Calibration, quantise_bundle
from foveate.parity.frames import smooth_frames
from foveate.runtimes.weights import weight_precision
from tests.export.conftest import Exported
from tests.export.drafts import small_drafts


@pytest.mark.parametrize("lost", [0, 2])
def test_the_report_says_what_was_quantised_and_what_it_cost(
    small: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    manifest, draft = small.bundle.manifest, small_drafts()["adafocus"]
    folder = Path(shutil.copytree(small.bundle.folder, tmp_path / "bundle"))
    answers = iter([lost, 0])
    monkeypatch.setattr(int8, "lost_choices", lambda *arguments: next(answers))
    frames = smooth_frames(1, manifest.sampling.pool, manifest.preprocessing.crop)
    said: list[str] = []
    report = quantise_bundle(manifest, folder, draft.specs, Calibration(frames, "some"), said.append)
    kept = ("glance.onnx",) if lost else ()
    assert (report.calibrated_on, report.videos, report.kept_float) == ("some", 1, kept)
    assert {each.graph for each in report.outputs} == {"glance.onnx", "focus.onnx"} - set(kept)
    assert all(0 < each.relative_error < 1 for each in report.outputs)
    assert 0 <= report.answers_agreeing <= report.answers_compared == 2 * manifest.plan.steps
    precisions = {
        file: weight_precision(folder / file) for file in ("glance.onnx", "focus.onnx", "policy.onnx")
    }
    wanted = {"glance.onnx": "fp32" if lost else "int8", "focus.onnx": "int8", "policy.onnx": "fp32"}
    assert precisions == wanted
    assert any("glance.onnx stays in float32" in line for line in said) == bool(lost)
