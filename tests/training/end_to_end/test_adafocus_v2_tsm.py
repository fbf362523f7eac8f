import pytest
from torch import Tensor

from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.interpolate import interpolate
from tests.training.end_to_end.flow import gradients, inputs, moved, silence
from tests.training.end_to_end.tiny import network
from training.end_to_end import adafocus_v2_tsm
from training.end_to_end.adafocus_v2_tsm import AdaFocusV2TsmMethod
from training.end_to_end.published import Settings

SYSTEM = "adafocus-v2-tsm"


def method() -> AdaFocusV2TsmMethod:
    net = network(SYSTEM)
    assert isinstance(net, AdaFocusV2Tsm)
    return AdaFocusV2TsmMethod(net, Settings())


def test_layers_of_the_prediction_see_detached_features() -> None:
    one = method()
    net = one.network
    with inputs(net.glance.fc) as glance, inputs(net.focus.fc) as focus, inputs(net.policy) as maps:
        gradients(one, SYSTEM)
    assert not any(given.requires_grad for given in (*glance, *focus, *maps))
    assert all(moved(part) > 0 for part in (net.glance.fc, net.focus.fc, net.glance.net, net.focus.net))


def test_networks_and_policy_learn_from_the_heads_alone() -> None:
    one = method()
    net = one.network
    silence(one.glance_head, one.focus_head)
    gradients(one, SYSTEM)
    assert moved(net.glance.net) == moved(net.focus.net) == moved(net.policy) == 0
    assert moved(net.glance.fc) > 0


def test_the_policy_learns_from_the_focus_networks_head() -> None:
    one = method()
    silence(one.glance_head)
    gradients(one, SYSTEM)
    assert moved(one.network.policy) > 0
    assert moved(one.network.glance.net) == 0


def test_one_place_serves_all_frames_of_a_video(monkeypatch: pytest.MonkeyPatch) -> None:
    corners: list[Tensor] = []

    def cut(frames: Tensor, places: Tensor, side: int) -> Tensor:
        corners.append(places.detach().reshape(4, 4, 2))
        return interpolate(frames, places, side)

    monkeypatch.setattr(adafocus_v2_tsm, "interpolate", cut)
    gradients(method(), SYSTEM)
    assert len(corners) == 2
    assert all((places == places[:, :1]).all() for places in corners)
    assert corners[1].std() > 5


def test_everything_is_trained_once() -> None:
    one = method()
    trained = [id(value) for module, _ in one.groups() for value in module.parameters()]
    assert sorted(trained) == sorted(id(value) for value in one.network.parameters())
