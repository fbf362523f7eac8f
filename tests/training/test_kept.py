from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.evaluation.keep_probabilities import read_probabilities
from models.adafocus_plus import AdaFocusPlus
from tests.training.end_to_end.tiny import CPU
from tests.training.forms.nets import form, network, pools, reader
from training.kept import PROBABILITIES, SHARES, kept_shares
from training.networks import normalised
from training.stages.looks import Looks


def test_each_share_is_scored_at_the_threshold_solved_for_it(tmp_path: Path) -> None:
    net = network("adafocus-plus", 5)
    assert isinstance(net, AdaFocusPlus)
    seen = Looks(form("adafocus-plus", net), reader("adafocus-plus"), tmp_path, iter)
    found = kept_shares(seen, net, tmp_path)(seen)
    probabilities = read_probabilities(tmp_path / PROBABILITIES)
    assert probabilities.shape == (8, 3)
    assert [one["share"] for one in found] == list(SHARES)
    data = pools("adafocus-plus")
    for one in found:
        # On the videos that it was solved on a threshold keeps what it was asked to, but for whole frames.
        assert one["kept"] == pytest.approx(one["share"], abs=1 / 24 + 1e-6)
        net.threshold = one["threshold"]
        with torch.no_grad():
            best = net(normalised(data.pools, CPU)).base.pred.argmax(1).numpy()
        assert one["accuracy"] == pytest.approx(float(np.mean(best == data.labels)))
