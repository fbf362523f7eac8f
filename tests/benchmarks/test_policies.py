import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.policies.__main__ import fixed_places, main
from benchmarks.policies.form import Original
from benchmarks.policies.score import Videos, accuracy, train_classifier
from benchmarks.policies.table import report, table_of
from models.adafocus_v2 import AdaFocusV2
from tests.training.forms.nets import network, pools
from tests.training.test_command import write
from training.command import train
from training.config import read_config
from training.part import Stage
from training.reader import Reader
from training.stages.looks import Looks


def videos(form: Original, folder: Path) -> Videos:
    looks = Looks(form, Reader(pools("adafocus-v2"), None, torch.device("cpu")), folder, iter)
    return Videos(looks, looks.table(25))


def original(seed: int = 0) -> Original:
    net = network("adafocus-v2")
    assert isinstance(net, AdaFocusV2)
    return Original(net, 25, 8, seed)


def test_both_tables_are_filled_and_a_second_run_takes_what_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path)
    train(read_config(path), quiet=True)
    out = tmp_path / "found.json"
    command = [
        str(path),
        "--seeds",
        "2",
        "--videos",
        "10",
        "--held-out",
        "10",
        "--places",
        "4",
        "--epochs",
        "1",
        "--json",
        str(out),
    ]
    monkeypatch.setattr(sys, "argv", ["benchmarks.policies", *command])
    monkeypatch.setattr("benchmarks.policies.score.STAGE", Stage(epochs=2, batch=4, rate=1e-3))
    printed = []
    for _ in range(2):
        capsys.readouterr()
        assert main() == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    found = json.loads(out.read_text())
    assert len(found["seeds"]) == 2
    assert set(found["mean"]) == set(found["seeds"][0]) >= {"random", "centre", "gain", "features l"}
    assert found["videos"] == {"train": 10, "test": 10}


def test_a_run_that_is_not_finished_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks.policies", str(write(tmp_path))])
    assert main() == 1
    assert "checkpoint" in capsys.readouterr().err


def test_what_is_not_used_is_zeros(tmp_path: Path) -> None:
    form = original()
    seen = videos(form, tmp_path)
    choose = fixed_places(25)["centre"]
    vectors, local = seen.features(np.arange(3), choose, np.random.default_rng(0), "l")
    assert not vectors.any()
    assert local.any()


def test_a_classifier_learns_what_its_features_tell(tmp_path: Path) -> None:
    form = original()
    seen = videos(form, tmp_path)
    choose = fixed_places(25)["centre"]
    before = {name: value.clone() for name, value in form.parts["policy"].state_dict().items()}
    train_classifier(form, seen, choose, 0, stage=Stage(epochs=150, batch=8, rate=0.02))
    assert accuracy(form, seen, choose, 0) == 1.0  # Every other video is brighter.
    assert all(torch.equal(value, before[name]) for name, value in form.parts["policy"].state_dict().items())


def test_the_report_has_mean_and_deviation() -> None:
    names = (
        "random",
        "centre",
        "increment",
        "confidence",
        "gain",
        "features g",
        "features l",
        "features gl",
    )
    rows = [dict.fromkeys(names, value) for value in (0.5, 0.7)]
    found = report(rows, "x.toml", 10, 5)
    assert found["command"] == "python -m benchmarks.policies x.toml"
    text = table_of(found)
    assert text.count("60.0 ± 14.1") == len(names)
