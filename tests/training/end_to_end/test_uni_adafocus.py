import pytest
import torch
from torch import Tensor

from models.uni_adafocus import UniAdaFocus
from tests.training.end_to_end.flow import gradients, inputs, moved, silence
from tests.training.end_to_end.tiny import network
from training.end_to_end.published import Settings
from training.end_to_end.uni_adafocus import UniAdaFocusMethod

SYSTEM = "uni-adafocus"


def method(size_weight: float = 0.0) -> UniAdaFocusMethod:
    net = network(SYSTEM)
    assert isinstance(net, UniAdaFocus)
    torch.manual_seed(1)
    return UniAdaFocusMethod(net, Settings(dropout=0.2, size_weight=size_weight, removals=8))


def test_each_policy_learns_from_its_own_loss_alone() -> None:
    one = method()
    policy = one.network.policy
    gradients(one, SYSTEM)
    assert moved(policy.spatial) > 0
    assert moved(policy.temporal) > 0
    without = method()
    silence(without.spatial, without.glance_head)
    gradients(without, SYSTEM)
    # The classifier and the focus network still have a loss, but none of it passes the patches.
    assert moved(without.network.focus) > 0
    assert moved(without.network.policy) == 0


def test_the_spatial_policy_does_not_change_its_maps_and_the_temporal_one_does() -> None:
    one = method()
    policy = one.network.policy
    with inputs(policy.spatial) as maps, inputs(policy.temporal) as vectors:
        gradients(one, SYSTEM)
    assert not maps[0].requires_grad
    assert vectors[0].requires_grad


def test_a_small_rectangle_costs() -> None:
    one = method(size_weight=1.0)
    silence(one.spatial, one.glance_head)
    gradients(one, SYSTEM)
    assert moved(one.network.policy.spatial) > 0
    assert moved(one.network.policy.temporal) == 0


def test_the_second_set_is_squares_in_other_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    one, seen = method(), []
    cut = UniAdaFocus.patches

    def patches(network: UniAdaFocus, pool: Tensor, frames: Tensor, boxes: Tensor) -> Tensor:
        seen.append((frames, boxes))
        return cut(network, pool, frames, boxes)

    monkeypatch.setattr(UniAdaFocus, "patches", patches)
    gradients(one, SYSTEM)
    (frames, boxes), (others, squares) = seen
    assert not boxes.requires_grad
    assert (squares[..., 2:] == 32).all()
    assert not (boxes[..., 2:] == 32).any()
    assert not torch.equal(frames, others)
    assert all((found.diff() > 0).all() for found in (frames, others))


def test_everything_is_trained_once() -> None:
    one = method()
    trained = [id(value) for module, _ in one.groups() for value in module.parameters()]
    wanted = [id(value) for module in (one.network, one.extras) for value in module.parameters()]
    assert sorted(trained) == sorted(wanted)
