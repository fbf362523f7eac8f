from pathlib import Path

import torch

from tests.training.parts import looks, network, noise
from training.baselines import glance_alone
from training.pools import PoolSet


def score(folder: Path, data: PoolSet, unseen: PoolSet) -> float:
    net = network(1).eval()
    seen, others = (looks(net, part, folder) for part in (data, unseen))
    return glance_alone(seen, others, seed=2, epochs=80, width=16)


def test_what_the_glance_cannot_tell_is_guessed_and_what_it_can_is_learned(tmp_path: Path) -> None:
    assert score(tmp_path, noise(40, seed=1), noise(40, seed=2)) < 0.8
    telling = noise(40, seed=3), noise(40, seed=4)
    for part in telling:
        part.pools[part.labels == 1] //= 4
    assert score(tmp_path, *telling) > 0.9


def test_the_same_seed_gives_the_same_score(tmp_path: Path) -> None:
    data, scores = noise(20), []
    for before in (7, 8):
        torch.manual_seed(before)
        scores.append(score(tmp_path, data, noise(20, seed=5)))
    assert scores[0] == scores[1]
