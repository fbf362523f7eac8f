"""The command on folders of other sizes than the published one."""

from pathlib import Path

import pytest

from foveate.cli.main import main
from tests.export.made_golden import NETWORK, OCSAMPLER, Sizes, make_network_set, make_ocsampler_set, spoil


def comparisons(capsys: pytest.CaptureFixture[str], name: str) -> tuple[dict[str, set[str]], set[str], str]:
    """Where each array of a set was compared, the arrays that were missed, and the last line."""
    *lines, verdict = capsys.readouterr().out.splitlines()
    places: dict[str, set[str]] = {}
    for line in lines:
        assert line.startswith(name)
        _, array, where, *_ = line.split()
        places.setdefault(array, set()).add(where.strip(","))
    return places, {line.split()[1] for line in lines if line.endswith("MISS")}, verdict


def test_other_sizes_are_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_ocsampler_set(tmp_path, classes=11, kept=4, frames=23, divisor=10, seed=92)
    assert main(["golden", str(tmp_path)]) == 0
    places, missed, verdict = comparisons(capsys, OCSAMPLER)
    assert verdict.endswith("comparisons, all met")
    assert not missed
    assert len(places) == 9
    assert places["logits"] == places["frame_index"] == {"torch", "onnx", "engine"}


def test_one_altered_number_is_missed_and_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another patch side, number of videos, frames and classes, another seed, and the other consensus."""
    make_network_set(tmp_path, Sizes(patch=64, videos=1, frames=5, classes=7, seed=91, mean=True))
    spoil(tmp_path, "local", 0.5)
    assert main(["golden", str(tmp_path)]) == 1
    places, missed, verdict = comparisons(capsys, NETWORK)
    assert verdict.endswith(f"2 missed, in {NETWORK}")
    assert missed == {"local"}
    assert len(places) == 10
    assert places["logits"] == places["corners"] == {"torch", "onnx", "engine"}
