import pytest
import torch

from foveate.errors import ConfigError
from models.uni_adafocus_tsm import UniAdaFocusTsm
from tests.training.end_to_end.flow import gradients, inputs, moved, silence
from tests.training.end_to_end.tiny import CLASSES, TINY, network
from training.build import build
from training.end_to_end.published import Settings
from training.end_to_end.registry import method_of
from training.end_to_end.uni_videos import UniVideoMethod

SYSTEMS = ("uni-adafocus-tsm", "uni-adafocus-x3d")


def method(system: str) -> UniVideoMethod:
    torch.manual_seed(1)
    one = method_of(network(system), Settings(removals=8))
    assert isinstance(one, UniVideoMethod)
    return one


def final_layers(one: UniVideoMethod) -> list[torch.nn.Module]:
    net = one.network
    if isinstance(net, UniAdaFocusTsm):
        return [net.glance.stream.fc, net.focus.stream.fc]
    return [net.glance.net.head.lin_5, net.focus.net.head.lin_5]


@pytest.mark.parametrize("system", SYSTEMS)
def test_layers_of_the_prediction_and_policies_see_detached_features(system: str) -> None:
    one = method(system)
    policy = one.network.policy
    first, second = final_layers(one)
    with (
        inputs(first) as glance,
        inputs(second) as focus,
        inputs(policy.spatial) as maps,
        inputs(policy.temporal) as vectors,
    ):
        gradients(one, system)
    assert not any(given.requires_grad for given in (*glance, *focus, *maps, *vectors))
    assert all(moved(part) > 0 for part in (first, second, policy.spatial, policy.temporal))


@pytest.mark.parametrize("system", SYSTEMS)
def test_networks_learn_from_their_heads_and_policies_from_losses_of_their_own(system: str) -> None:
    one = method(system)
    net = one.network
    assert net.local_head is not None
    silence(net.glance.early, net.local_head, one.spatial)
    gradients(one, system)
    assert moved(net.policy) == 0
    kept = {id(value) for layer in final_layers(one) for value in layer.parameters()}
    for part in (net.glance, net.focus):
        stem = next(part.parameters())
        assert stem.grad is None or not stem.grad.any()
        assert any(
            value.grad is not None and value.grad.any() for value in part.parameters() if id(value) in kept
        )


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_gradient_passes_the_patches(system: str) -> None:
    one = method(system)
    silence(one.spatial)
    gradients(one, system)
    net = one.network
    assert moved(net.policy.spatial) == 0
    assert moved(net.policy.temporal) > 0
    assert moved(net.focus.stream.net if isinstance(net, UniAdaFocusTsm) else net.focus.net.s1) > 0


def test_without_its_head_a_network_is_refused() -> None:
    with pytest.raises(ConfigError, match="without the heads"):
        method_of(build(TINY["uni-adafocus-x3d"], CLASSES, auxiliary=False), Settings())


@pytest.mark.parametrize(("system", "side", "cells"), [(SYSTEMS[0], 7, 1), (SYSTEMS[1], 6, 2)])
def test_cells_of_a_patch(system: str, side: int, cells: int) -> None:
    assert method(system).cells(side) == cells


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_is_trained_once(system: str) -> None:
    one = method(system)
    trained = [id(value) for module, _ in one.groups() for value in module.parameters()]
    wanted = [id(value) for module in (one.network, one.extras) for value in module.parameters()]
    assert sorted(trained) == sorted(wanted)
