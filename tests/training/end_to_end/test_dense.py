import numpy as np
import pytest
import torch
from torch.nn import functional

from models.dense import Tsm, Tsn
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.x3d import X3D
from tests.training.end_to_end.tiny import network
from training.end_to_end.dense import DenseMethod, x3d_logits
from training.end_to_end.published import Settings
from training.outcome import answers_of


@pytest.mark.parametrize(("system", "side"), [("tsn", 64), ("tsm", 64), ("x3d", 32)])
def test_without_dropout_it_is_the_cross_entropy_of_the_answer(system: str, side: int) -> None:
    net = network(system).eval()
    assert isinstance(net, Tsn | Tsm | X3D)
    method = DenseMethod(net, Settings(dropout=0.0))
    pool, answers = torch.randn(2, 4 if system == "x3d" else 3, 3, side, side), torch.tensor([0, 1])
    loss, scalars = method.loss(pool, answers, np.random.default_rng(0))
    logits = answers_of(net, pool)[:, 0]
    torch.testing.assert_close(loss, functional.cross_entropy(logits, answers))
    assert scalars["accuracy"] == float((logits.argmax(1) == answers).float().mean())
    torch.manual_seed(0)
    dropped, _ = DenseMethod(net, Settings(dropout=0.5)).loss(pool, answers, np.random.default_rng(0))
    assert not torch.equal(loss, dropped)


def test_an_x3d_drops_before_its_last_layer() -> None:
    net = network("uni-adafocus-x3d")
    assert isinstance(net, UniAdaFocusX3d)
    head = net.glance.net.head
    maps = torch.randn(2, 16, 3, 2, 2)
    torch.testing.assert_close(x3d_logits(head, maps, lambda hidden: hidden), head.logits(maps))
    nothing = x3d_logits(head, maps, torch.zeros_like)
    torch.testing.assert_close(nothing, head.projection.bias.expand(2, -1))
