from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.parts import CPU, SIZES, looks, network, noise
from training.evaluate import evaluate
from training.networks import normalised


def test_the_policys_accuracy_is_that_of_the_network_itself(tmp_path: Path) -> None:
    data, net = noise(20), network(1)
    scores, logits = evaluate(looks(net, data, tmp_path))
    with torch.no_grad():
        out = net.eval()(normalised(data.pools, CPU))
    torch.testing.assert_close(torch.from_numpy(logits), out.logits, atol=1e-3, rtol=1e-3)
    right = out.logits.argmax(2) == torch.from_numpy(data.labels)[:, None]
    assert scores.policy == pytest.approx(right.double().mean(0).tolist())
    assert data.middles is not None
    ordered = torch.from_numpy(data.middles[:, list(net.order)])
    inside = ((out.corners + SIZES.patch / 2 - ordered).abs() < SIZES.patch / 2).all(2)
    assert scores.found == pytest.approx(float(inside.double().mean()))
    assert scores.videos == 20


def test_places_nobody_knows_are_not_scored(tmp_path: Path) -> None:
    data = noise(4)
    blind = type(data)(data.pools, data.labels, None, data.names)
    scores, _ = evaluate(looks(network(), blind, tmp_path))
    assert scores.found is scores.found_random is None
    assert scores.videos == 4


def test_random_places_follow_from_the_seed(tmp_path: Path) -> None:
    data = noise(20)
    seen = looks(network(), data, tmp_path)
    found = [evaluate(seen, seed=seed)[0].found_random for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[0] is not None
    assert 0 < found[0] < 1
    assert np.ptp([value for value in found if value is not None]) > 0
