import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.folds import Facts, by_facts, main, report, table_of
from training.synthetic.clip import SceneSettings
from training.synthetic.files import write_data_set

CONFIG = """
out = "run"
cache = "cache"
[data]
kind = "videos"
folder = "clips"
fold = 0
[sizes]
frames = 3
crop = 64
patch = 32
glance = { width = 0.25, last = 16 }
focus = { width = 0.25, last = 16 }
squeezed = 4
hidden = 8
classifier_width = 32
[[stages]]
kind = "classifier"
embedding = "identity"
epochs = 1
batch = 4
rate = 0.01
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    looks = SceneSettings(width=112, height=96, crop=80, seconds=0.5, clutter=4, moving=1)
    listed = write_data_set(tmp_path / "clips", 8, seed=1, held_out=0.2, settings=looks)
    files = [line.split(",")[0] for line in listed.read_text().splitlines()[1:]]
    rows = [f"{file},class {place % 2},{place // 2 % 2}" for place, file in enumerate(files)]
    listed.write_text("\n".join(["file,label,fold", *rows]))
    (tmp_path / "run.toml").write_text(CONFIG)
    return tmp_path / "run.toml"


def run(monkeypatch: pytest.MonkeyPatch, *command: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks.folds", *command])
    return main()


def test_every_fold_is_held_out_once(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = config.parent / "found.json"
    assert run(monkeypatch, str(config), "--json", str(out)) == 0
    first = out.read_text()
    found = json.loads(first)
    assert set(found["folds"]) == {"0", "1"}
    assert set(found["mean"]) == {"facts", "glance_alone", "centre", "random", "policy"}
    assert "its policy looks" in capsys.readouterr().out
    for control in ("centre", "random"):
        trained = json.loads((config.parent / "run" / f"fold-1-{control}" / "results.json").read_text())
        assert found["folds"]["1"][control] == trained["validation"][control]
    finished = (config.parent / "run" / "fold-0" / "state.pt").stat().st_mtime_ns
    assert run(monkeypatch, str(config), "--json", str(out)) == 0
    assert out.read_text() == first
    assert (config.parent / "run" / "fold-0" / "state.pt").stat().st_mtime_ns == finished


def test_a_fold_that_is_not_there_and_data_without_folds_are_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, str(config), "--folds", "7") == 1
    assert "no fold 7; there are 0, 1" in capsys.readouterr().err
    config.write_text(CONFIG.replace("fold = 0\n", ""))
    assert run(monkeypatch, str(config)) == 1
    assert "names no 'fold'" in capsys.readouterr().err


def test_facts_that_tell_the_class_are_found_out() -> None:
    labels = np.arange(80) % 2
    numbers = np.stack([labels * 2.0, np.zeros(80), np.zeros(80)], 1)
    folds = np.array([str(place // 2 % 2) for place in range(80)])
    assert by_facts(Facts(numbers, labels, folds), "0") == 1.0
    random = np.random.default_rng(0)
    assert by_facts(Facts(random.random((80, 3)), labels, folds), "0") < 0.8


def test_the_report_has_mean_and_deviation() -> None:
    names = ("facts", "glance_alone", "centre", "random", "policy")
    rows = {fold: dict.fromkeys(names, value) for fold, value in (("0", 0.5), ("1", 0.7))}
    found = report(rows, "x.toml", 30)
    assert table_of(found).count("60.0 ± 14.1") == len(names)
