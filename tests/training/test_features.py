from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training.parts import noise
from training.features import cached_features, data_digest, weights_digest


def test_features_are_computed_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def compute(number: int) -> Tensor:
        calls.append(number)
        return torch.full((2, 3), float(number))

    for _ in range(2):
        found = cached_features(tmp_path, "name", 3, compute, iter)
        assert found.shape == (3, 2, 3)
        assert found[:, 0, 0].tolist() == [0, 1, 2]
    assert calls == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["name.npy"]


def test_what_was_begun_and_killed_is_not_taken_for_whole(tmp_path: Path) -> None:
    def die(number: int) -> Tensor:
        if number:
            raise KeyboardInterrupt
        return torch.zeros(1)

    with pytest.raises(KeyboardInterrupt):
        cached_features(tmp_path, "name", 2, die, iter)
    found = cached_features(tmp_path, "name", 2, lambda number: torch.ones(1), iter)
    assert found.tolist() == [[1], [1]]


@pytest.mark.parametrize("content", [b"", b"no array", np.lib.format.magic(1, 0) + b"\x02\x00{}"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "name.npy").write_bytes(content)
    found = cached_features(tmp_path, "name", 2, lambda number: torch.ones(1), iter)
    assert found.tolist() == [[1], [1]]


def test_a_file_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    cached_features(tmp_path, "name", 2, lambda number: torch.ones(9), iter)
    with (tmp_path / "name.npy").open("r+b") as file:
        file.truncate(150)
    assert cached_features(tmp_path, "name", 2, lambda number: torch.ones(9), iter).shape == (2, 9)


def test_digests_tell_weights_statistics_and_data_apart() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    first = weights_digest(module)
    assert weights_digest(module) == first
    module(torch.rand(4, 2))
    assert weights_digest(module) != first
    data, other = noise(seed=1), noise(seed=2)
    assert data_digest(data) == data_digest(noise(seed=1)) != data_digest(other)
    assert np.array_equal(data.labels, other.labels)


def test_weights_in_another_shape_are_others() -> None:
    first, second = nn.Linear(2, 8, bias=False), nn.Linear(8, 2, bias=False)
    for layer in (first, second):
        nn.init.ones_(layer.weight)
    assert weights_digest(first) != weights_digest(second)


def test_one_other_video_makes_other_data() -> None:
    data = noise(20)
    pools = data.pools.copy()
    pools[3] = noise(20, seed=1).pools[3]
    assert data_digest(replace(data, pools=pools)) != data_digest(data)
