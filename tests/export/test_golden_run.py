import argparse
import json
from pathlib import Path

import pytest
import torch

from export import golden_run
from export.golden_report import Line
from export.golden_run import golden_lines, set_names
from foveate.errors import ConfigError
from tests.export.made_golden import NETWORK, make_network_set, spoil


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network's set with one number spoilt, and three sets that cannot be run."""
    folder = tmp_path_factory.mktemp("golden")
    make_network_set(folder)
    spoil(folder, "policy_logits", 0.5)
    (folder / "broken.json").write_text("{")
    (folder / "other.json").write_text(json.dumps({"system": "perceiver"}))
    (folder / "odd.json").write_text(json.dumps({"system": "adafocus-v2-exit", "config": {}}))
    return folder


@pytest.fixture(scope="module")
def lines(made: Path) -> list[Line]:
    return list(golden_lines(made, set_names(made, ()), lambda _: None))


def test_every_array_is_compared_in_torch_in_the_graphs_and_in_the_engine(lines: list[Line]) -> None:
    network = [line for line in lines if line.name == NETWORK]
    places = {
        line.array: {other.where.split(" ")[0].strip(",") for other in network if other.array == line.array}
        for line in network
    }
    everywhere = {"torch", "onnx", "engine"}
    assert {array for array, where in places.items() if where == everywhere} == {"corners", "logits", "pred"}
    assert {array for array, where in places.items() if where == {"torch", "onnx"}} == {
        "gmap",
        "gvec",
        "policy_logits",
        "policy_hidden",
        "patches",
        "local",
    }
    assert places["actions"] == {"torch"}
    ways = {line.where for line in network if line.array == "logits"}
    assert {"engine", "engine, every step", "engine, fewer answers", "onnx, way 2"} <= ways


def test_only_the_spoilt_array_is_missed_and_wherever_it_is_looked_at(lines: list[Line]) -> None:
    missed = [line for line in lines if line.name == NETWORK and not line.met]
    assert {line.array for line in missed} == {"policy_logits"}
    assert {line.where for line in missed} == {"torch", "onnx policy:logits", "onnx policy_step:logits"}
    assert all(line.error == pytest.approx(0.5, rel=0.01) for line in missed)


def test_sets_that_cannot_be_run_are_named_and_stop_no_other(lines: list[Line]) -> None:
    notes = {line.name: line.note for line in lines if line.error is None}
    assert notes["broken"].startswith("the set cannot be read: ")
    assert notes["other"] == "nothing here runs a set of perceiver"
    assert notes["odd"].startswith("KeyError: ")
    assert not any(line.met for line in lines if line.name in notes)


def test_sets_are_found_by_their_json(made: Path, tmp_path: Path) -> None:
    assert set_names(made, ()) == ["broken", "odd", "other", NETWORK]
    assert set_names(made, ["other"]) == ["other"]
    with pytest.raises(
        ConfigError, match=r"no golden set nothing in .*; there are: broken, odd, other, small"
    ):
        set_names(made, ["nothing"])
    with pytest.raises(ConfigError, match="holds no golden sets"):
        set_names(tmp_path, ())


def test_a_miss_is_an_exit_code(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        golden_run.run(
            argparse.Namespace(folder=str(made), set=["other", "broken"], gpu=None, precision="fp32")
        )
        == 1
    )
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "2 comparisons, 2 missed, in broken, other"
    assert printed.out.count("MISS") == 2


def test_every_published_rule(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "golden"
    rules = [
        name
        for name in set_names(folder, ())
        if "state_dict" not in json.loads((folder / f"{name}.json").read_text("utf-8"))
    ]
    assert len(rules) == 7
    assert golden_run.run(argparse.Namespace(folder=str(folder), set=rules, gpu=None, precision="fp32")) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1].endswith("comparisons, all met")
    assert printed.err.count("rules\n") == 7


def test_published_networks_through_everything(shared: Path) -> None:
    names = ["adafocus-v1-p128", "adafocus-v1-fc-p96", "adafocus-v2-tsm-p144"]
    lines = list(golden_lines(shared / "golden", names, lambda _: None))
    assert [line.text() for line in lines if not line.met] == []
    assert {"torch", "onnx", "engine"} <= {line.where for line in lines}
    assert len(lines) >= 94


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_said(made: Path) -> None:
    with pytest.raises(ConfigError, match="finds no GPU 0"):
        golden_run.run(argparse.Namespace(folder=str(made), set=None, gpu=0, precision="fp32"))
