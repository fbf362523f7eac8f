import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.cli import bundle as bundle_command
from foveate.cli import calibrate
from foveate.cli.main import main
from tests.evaluation.made_logits import made_logits, save

LOGITS, LABELS = made_logits(100, 16, 10)


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    calibrate.configure(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(save(tmp_path / "val.npz", logits=LOGITS, labels=LABELS))


def test_from_logits_to_a_bundle_with_exits(
    tmp_path: Path, data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(untrained_bundle(), tmp_path / "own"))
    options = ("--mean-gflops", "1.2", "--measure", "entropy", "--curve", "0.5:2:0.5")
    assert calibrate.run(parse(str(folder), data, *options)) == 0
    exits = load_bundle(folder).manifest.exits
    assert exits is not None
    assert exits.measure.value == "negative-entropy"
    assert exits.settings[exits.default].multiply_adds == pytest.approx(1.2e9, rel=0.03)
    assert exits.source.startswith("val.npz (sha256 ")
    *table, last = capsys.readouterr().out.splitlines()
    assert last == str(folder)
    assert len(table) == 2 + len(exits.settings)
    assert [line.startswith("*") for line in table[2:]].index(True) == exits.default
    parser = argparse.ArgumentParser()
    bundle_command.configure(parser)
    assert bundle_command.run(parser.parse_args(["verify", str(folder)])) == 0


def test_the_whole_default_sweep_into_a_copy(tmp_path: Path, data: str) -> None:
    out = tmp_path / "out"
    assert calibrate.run(parse(str(untrained_bundle()), data, "--out", str(out))) == 0
    exits = load_bundle(out).manifest.exits
    assert exits is not None
    assert exits.measure.value == "largest-logit"
    nominal = load_bundle(out).manifest.cost.nominal
    assert exits.settings[0].multiply_adds == nominal[0]
    assert len(exits.settings) > 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "an embedded bundle is left as it is; --out DIR writes a calibrated copy"),
        (("--curve", "none"), "'none' is no list of ratios"),
        (("--out", "OUT", "--mean-gflops", "0.01"), "a mean of 0.01 G multiply-adds cannot be had"),
        (("--out", "OUT", "--tolerance", "2"), "a tolerance of 2 is no share"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, data: str, options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    given = [out if option == "OUT" else option for option in options]
    assert main(["calibrate", str(untrained_bundle()), data, *given]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("foveate calibrate: ")
    assert message in said.err
    assert (said.err.count("\n"), said.out) == (1, "")
    assert not Path(out).exists()


def test_logits_that_are_not_of_the_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "val.npz", logits=np.zeros((100, 3, 10), np.float32))
    assert main(["calibrate", str(untrained_bundle()), str(path), "--out", str(tmp_path / "out")]) == 1
    assert "3 answers of 10 classes, untrained gives 16 of 10" in capsys.readouterr().err
