from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.golden import GoldenSet, load_golden
from export.golden_adafocus import adafocus_case
from export.golden_case import NetworkRun
from export.golden_networks import Exported as GoldenExported
from export.golden_networks import compared, in_onnx, in_order_of_time, in_torch, run_network
from tests.export.conftest import Exported
from tests.export.made_golden import NETWORK, make_network_set


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GoldenSet]:
    folder = tmp_path_factory.mktemp("golden")
    make_network_set(folder)
    return folder, load_golden(folder, NETWORK)


def test_a_network_is_read_from_the_sets_own_checkpoint(made: tuple[Path, GoldenSet]) -> None:
    folder, golden = made
    _, run = run_network(golden, adafocus_case(), folder / "checkpoint")
    (folder / "checkpoint").unlink()
    lines = list(in_torch(NETWORK, golden, run))
    assert {line.array for line in lines} == set(golden.arrays)
    assert all(line.met for line in lines)
    fewer = NetworkRun({k: v for k, v in run.arrays.items() if k != "gvec"}, run.answers)
    (missing,) = [line for line in in_torch(NETWORK, golden, fewer) if not line.met]
    assert (missing.array, missing.note) == ("gvec", "the network gives no such array")


def test_frames_that_are_no_pool_are_a_miss(made: tuple[Path, GoldenSet], small: Exported) -> None:
    _, golden = made
    frames: Any = np.zeros((1, 2, 96, 96, 3), np.uint8)
    run = NetworkRun({}, np.zeros((1, 3, 5), np.float32))
    exported = GoldenExported(NETWORK, golden, adafocus_case(), run, small.bundle, frames)
    (line,) = in_onnx(exported)
    assert line.note == "the set's pool is not the bundle's of 3 frames"


def test_graphs_of_other_weights_are_missed(made: tuple[Path, GoldenSet], small: Exported) -> None:
    folder, golden = made
    _, run = run_network(golden, adafocus_case(), folder / "other")
    exported = GoldenExported(NETWORK, golden, adafocus_case(), run, small.bundle, golden.pixels())
    lines = list(in_onnx(replace(exported)))
    assert {line.array for line in lines if not line.met} >= {"gmap", "gvec", "policy_hidden", "pred"}


def test_rows_of_steps_in_order_of_their_frames() -> None:
    rows = np.arange(12).reshape(6, 2)
    ordered = in_order_of_time(rows, np.array([[4, 0, 2], [0, 1, 2]]))
    assert ordered.tolist() == [[2, 3], [4, 5], [0, 1], [6, 7], [8, 9], [10, 11]]


def test_an_array_of_another_shape_is_infinitely_far(made: tuple[Path, GoldenSet]) -> None:
    _, golden = made
    assert compared("set", golden, "pred", golden.arrays["pred"], "torch").met
    assert compared("set", golden, "pred", golden.arrays["pred"][:1], "torch").error == float("inf")
