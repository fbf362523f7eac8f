"""The command that measures a GPU: what it writes, and when."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.gpu import __main__ as module
from benchmarks.gpu.__main__ import known, main, written
from benchmarks.gpu.measure import Part
from foveate.bundle.load import untrained_bundle


def test_a_report_is_written_part_by_part(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"

    def parts() -> Iterator[Part]:
        yield {"bundle": "x 1"}
        assert json.loads(out.read_text()) == {"bundle": "x 1"}
        yield {"raw": 2.5}
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        written(parts(), out)
    assert json.loads(out.read_text()) == {"bundle": "x 1", "raw": 2.5}
    assert list(tmp_path.iterdir()) == [out]
    assert written(iter([{"a": 1}, {"b": 2}]), None) == {"a": 1, "b": 2}


def test_ceilings_are_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measured(device: torch.device) -> dict[str, float]:
        asked.append(device)
        return {"copy_bytes_per_s": 5e10}

    monkeypatch.setattr(module, "ceilings", measured)
    for _ in range(2):
        assert known(tmp_path / "ceilings.json", 1) == {"copy_bytes_per_s": 5e10}
    assert asked == [torch.device("cuda", 1)]
    known(None, 0)
    assert len(asked) == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu", "--bundle", str(untrained_bundle())])
    assert main() == 1
    assert "finds no GPU 0" in capsys.readouterr().err
