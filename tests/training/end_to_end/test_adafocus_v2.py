import pytest
import torch
from torch import Tensor

from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2
from models.interpolate import interpolate
from tests.training.end_to_end.flow import gradients, inputs, moved, silence
from tests.training.end_to_end.tiny import CLASSES, TINY, network
from training.build import build
from training.end_to_end import adafocus_v2
from training.end_to_end.adafocus_v2 import AdaFocusV2Method
from training.end_to_end.published import Settings


def method(system: str = "adafocus-v2") -> AdaFocusV2Method:
    net = network(system)
    assert isinstance(net, AdaFocusV2)
    return AdaFocusV2Method(net, Settings(dropout=0.2, head_dropout=0.2))


@pytest.mark.parametrize("system", ["adafocus-v2", "adafocus-v2 small frames"])
def test_the_policy_learns_through_the_interpolation_alone(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = method(system)
    gradients(whole, system)
    assert moved(whole.network.policy) > 0
    cut = method(system)
    monkeypatch.setattr(
        adafocus_v2, "interpolate", lambda frames, corners, side: interpolate(frames, corners.detach(), side)
    )
    gradients(cut, system)
    assert moved(cut.network.policy) == 0
    # Everything else learns what it learnt before: nothing came back from the policy.
    for name, value in cut.network.named_parameters():
        if not name.startswith("policy."):
            found, wanted = value.grad, whole.network.get_parameter(name).grad
            assert found is not None
            assert wanted is not None
            assert torch.equal(found, wanted), name


def test_the_classifier_reaches_both_backbones() -> None:
    one = method()
    silence(one.glance_head, one.focus_head)
    gradients(one, "adafocus-v2")
    assert moved(one.network.glance) > 0
    assert moved(one.network.focus) > 0


def test_heads_reach_each_its_own_backbone() -> None:
    one = method()
    silence(one.network.classifier, one.glance_head)
    gradients(one, "adafocus-v2")
    assert moved(one.network.glance) == 0
    assert moved(one.network.focus) > 0
    assert moved(one.network.policy) > 0


def test_patches_are_the_policys_and_then_random_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    corners: list[Tensor] = []

    def cut(frames: Tensor, places: Tensor, side: int) -> Tensor:
        corners.append(places)
        return interpolate(frames, places, side)

    one = method()
    monkeypatch.setattr(adafocus_v2, "interpolate", cut)
    with inputs(one.network.policy) as maps:
        gradients(one, "adafocus-v2")
    assert not maps[0].requires_grad
    policys, random = corners
    assert policys.requires_grad
    assert not random.requires_grad
    assert random.min() >= 0
    assert random.max() <= 32
    assert random.std() > 5


def test_a_network_without_heads_is_refused() -> None:
    net = build(TINY["adafocus-v2"], CLASSES, auxiliary=False)
    assert isinstance(net, AdaFocusV2)
    with pytest.raises(ConfigError, match="without the heads"):
        AdaFocusV2Method(net, Settings())


def test_each_part_has_its_rate() -> None:
    one = method()
    net = one.network
    rates = dict(one.groups())
    assert rates[net.policy] == one.settings.policy
    assert rates[net.glance] == rates[one.glance_head] == 0.5
    assert rates[net.focus] == rates[one.focus_head] == 1.0
    trained = {id(value) for module in rates for value in module.parameters()}
    assert trained == {id(value) for value in net.parameters()}
