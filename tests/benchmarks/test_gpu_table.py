"""The table of a GPU's reports."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gpu.table import cut_off, main, networks, stages, table


def report(name: str, rate: float, cost: int, raw: float) -> dict[str, Any]:
    row = {"stage": "focus", "form": "whole", "median_s": 0.002, "multiply_adds_per_s": 1e13}
    return {
        "bundle": f"{name} 1",
        "machine": "some GPU",
        "runtime": "torch",
        "precision": "fp16",
        "networks": {"glance": "fp32", "focus": "fp16"},
        "multiply_adds": cost,
        "ceilings": {"matmul_multiply_adds_per_s": 1e14, "copy_bytes_per_s": 5e10},
        "stages": [{**row, "units": 4}, {**row, "units": 8}],
        "raw_loop_videos_per_s": raw,
        "engine_over_raw_loop": rate / raw,
        "allocations_while_serving": 0,
        "frames_in": {"videos_per_s": rate, "multiply_adds_per_s": rate * cost},
    }


REPORTS = [report("quick", 1000.0, 20_000_000_000, 1100.0), report("tsm-plus", 500.0, 40_000_000_000, 505.0)]

PARITY = {
    "bundle": "quick 1",
    "precision": "fp16",
    "reference": "PyTorch in float32",
    "met": False,
    "patches": 16,
    "identical": 15,
    "farthest_px": 7.0,
    "error": 0.01,
    "largest": 3.0,
    "tolerance": 0.03,
    "same_class": 16,
    "videos": 16,
}


def test_a_row_a_bundle_with_what_of_the_cut_compute_is_won() -> None:
    head, quick, dense = table(REPORTS)
    assert head.split()[:3] == ["bundle", "precision", "G/video"]
    assert quick.split() == [
        "quick,",
        "torch",
        "fp16",
        "20.00",
        "1000.0",
        "1100.0",
        "0.909",
        "0.200",
        "0",
        "1.00",
    ]
    assert dense.split()[-1] == "1.00"
    assert stages(REPORTS[0]) == ["quick, torch: focus, whole: 8 units in 2.00 ms, 10.00 T multiply-adds/s"]


def test_a_network_that_was_left_in_float32_is_said_to_be() -> None:
    assert networks(REPORTS[0]) == "quick, torch: glance fp32, focus fp16"


def test_a_measurement_that_was_cut_off_has_no_row() -> None:
    begun = {key: REPORTS[1][key] for key in ("bundle", "runtime", "networks", "multiply_adds", "ceilings")}
    assert table([REPORTS[0], begun]) == table(REPORTS[:1])
    assert cut_off(begun) == "tsm-plus, torch: CUT OFF, raw loop not measured"
    assert cut_off({**begun, "raw_loop_videos_per_s": 505}).endswith("raw loop 505.0 videos/s")
    assert stages(begun) == []


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(REPORTS[0]))
    begun = {key: REPORTS[1][key] for key in ("bundle", "runtime", "networks", "multiply_adds", "ceilings")}
    (tmp_path / "two.json").write_text(json.dumps(begun))
    (tmp_path / "mp4.json").write_text(json.dumps({"levels": [{"throughput": {"mean": 321.0}}]}))
    reports = [str(tmp_path / f"{name}.json") for name in ("one", "none", "two")]
    (tmp_path / "parity.json").write_text(json.dumps(PARITY))
    files = [*reports, "--mp4-in", str(tmp_path / "mp4.json")]
    files += ["--parity", str(tmp_path / "none.json"), str(tmp_path / "parity.json")]
    monkeypatch.setattr(sys, "argv", ["table", *files])
    assert main() == 0
    shown = capsys.readouterr().out
    assert "100.0 T multiply-adds/s; copies to the device: 50.0 GB/s" in shown
    assert "on the same cores: 321.0 videos/s" in shown
    assert "tsm-plus, torch: CUT OFF" in shown
    assert (
        "quick, fp16, against PyTorch in float32: MISSED: 15 of 16 patches identical (farthest 7 px)" in shown
    )
    assert "quick, torch: glance fp32, focus fp16" in shown
    assert "the engine copies each video's" in shown
    assert "143.8 videos/s on a RTX 2080 Ti" in shown
    monkeypatch.setattr(sys, "argv", ["table", str(tmp_path / "none.json")])
    assert main() == 1


@pytest.mark.parametrize(
    ("text", "message"), [("no JSON", "cannot be read: "), ("{}", "is no report"), ("[]", "is no report")]
)
def test_what_is_no_report_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    monkeypatch.setattr(sys, "argv", ["table", str(path)])
    assert main() == 1
    error = capsys.readouterr().err
    assert error.startswith(f"benchmarks.gpu.table: {path} {message}")
    assert error.count("\n") == 1
