"""From frames that a policy drops to a curve over shares and to exits at what each video costs."""

import json
from pathlib import Path

import numpy as np
import pytest

from foveate.bundle.load import load_bundle
from foveate.bundle.vocabulary import Form
from foveate.cli.main import main
from foveate.evaluation.calibration import keep_threshold
from tests.evaluation.made import data_set
from tests.export.conftest import PLUS_FRAMES, Exported

VIDEOS = 16


def test_shares_logits_and_exits(
    small_plus_bundle: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = small_plus_bundle.bundle
    manifest, before = bundle.manifest, (bundle.folder / "manifest.json").read_bytes()
    (folder := tmp_path / "set").mkdir()
    listed = data_set(folder, [4] * VIDEOS, [number % 5 for number in range(VIDEOS)])
    report, logits, out = tmp_path / "report.json", tmp_path / "logits.npz", tmp_path / "calibrated"
    command = ["eval", str(bundle.folder), "--list", str(listed), "--lanes", "1", "--json", str(report)]
    assert main([*command, "--logits", str(logits), "--keep-shares", "0.25"]) == 0
    assert "share kept (asked)" in capsys.readouterr().out
    assert (bundle.folder / "manifest.json").read_bytes() == before
    with np.load(logits) as data:
        keep, nominal = data["keep"], data["nominal"]
    assert keep.shape == (VIDEOS, PLUS_FRAMES)
    focus = manifest.networks.focus
    assert focus is not None
    each, threshold = focus.forms[Form.WHOLE].multiply_adds, manifest.plan.keep_threshold
    dropped = (keep < np.float32(threshold or 0)).cumsum(1)
    assert 0 < dropped[:, -1].sum() < keep.size
    assert nominal.tolist() == (np.array(manifest.cost.nominal) - each * dropped).tolist()
    found = json.loads(report.read_text())
    assert [point["gflops_nominal"] for point in found["answers"]] == pytest.approx(nominal.mean(0) / 1e9)
    (point,) = found["keep_shares"]
    assert point["threshold"] == keep_threshold(keep, 0.25)
    assert point["kept"] == pytest.approx(0.25, abs=1 / keep.size)
    most = manifest.cost.nominal[-1]
    assert point["gflops_nominal"] == pytest.approx((most - each * PLUS_FRAMES * (1 - point["kept"])) / 1e9)
    assert main(["calibrate", str(bundle.folder), str(logits), "--curve", "1", "--out", str(out)]) == 0
    exits = load_bundle(out).manifest.exits
    assert exits is not None
    assert exits.source.endswith("with labels, each at its own cost")
    assert exits.settings[0].multiply_adds == nominal[:, 0].mean()
