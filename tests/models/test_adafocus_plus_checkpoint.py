from pathlib import Path
from typing import Any

import pytest
import torch

from foveate.errors import CheckpointError
from models.adafocus_checkpoint import published_layout, read_adafocus
from models.adafocus_plus_checkpoint import adafocus_plus_layout, keep_layout, read_adafocus_plus
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.identify import likely_system
from models.published import OtherSystemError
from tests.models import small_networks
from tests.models.small import PATCH, small_plus, small_state

MODEL = small_plus(0.4)


def saved(path: Path, content: dict[str, Any]) -> Path:
    torch.save(content, path)
    return path


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return saved(tmp_path / "both.pth.tar", adafocus_plus_layout(MODEL, {"epoch": 3}))


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    return saved(tmp_path / "keep.pth.tar", keep_layout(MODEL.keep.state_dict()))


def test_one_file_and_two_give_the_same_network(tmp_path: Path, one: Path, alone: Path) -> None:
    base = saved(tmp_path / "base.pth.tar", published_layout(small_state()))
    both, two = read_adafocus_plus(one), read_adafocus_plus(base, alone)
    assert both.keep_sha256 == both.base.sha256
    assert two.keep_sha256 not in (None, two.base.sha256)
    for checkpoint in (both, two):
        model = checkpoint.build(PATCH, 0.4)
        assert model.threshold == 0.4
        assert not model.training
        state = model.state_dict()
        assert all(torch.equal(state[name], value) for name, value in MODEL.state_dict().items())


def test_the_file_that_is_named_is_preferred(one: Path, alone: Path) -> None:
    other = keep_layout({name: value + 1 for name, value in MODEL.keep.state_dict().items()})
    checkpoint = read_adafocus_plus(one, saved(alone, other))
    assert torch.equal(checkpoint.keep["actor.0.bias"], MODEL.keep.get_parameter("net.actor.0.bias") + 1)


def test_what_training_alone_needs_is_left_out(alone: Path, one: Path) -> None:
    content = keep_layout(MODEL.keep.state_dict())
    content["keep_policy"]["critic.0.weight"] = torch.zeros(1, 12)
    checkpoint = read_adafocus_plus(one, saved(alone, content))
    assert "keep_policy.critic.0.weight" in checkpoint.dropped
    assert "critic.0.weight" not in checkpoint.keep


def test_without_that_policy_the_flag_is_named(tmp_path: Path) -> None:
    base = saved(tmp_path / "base.pth.tar", published_layout(small_state()))
    with pytest.raises(CheckpointError, match=r"no entry 'keep_policy': name .* with --keep-checkpoint"):
        read_adafocus_plus(base)


def test_a_policy_of_another_shape_is_refused(one: Path, alone: Path) -> None:
    content = keep_layout(MODEL.keep.state_dict())
    content["keep_policy"]["actor.0.weight"] = torch.zeros(25, 12)
    with pytest.raises(CheckpointError, match=r"'keep_policy.actor.0.weight' in .* has the shape \(25, 12\)"):
        read_adafocus_plus(one, saved(alone, content))
    del content["keep_policy"]["actor.0.weight"]
    with pytest.raises(CheckpointError, match=r"'keep_policy' in .* lacks actor.0.weight"):
        read_adafocus_plus(one, saved(alone, content))


def test_systems_are_told_apart(tmp_path: Path, one: Path, alone: Path) -> None:
    with pytest.raises(OtherSystemError, match="is not of AdaFocus; by its entries it is of AdaFocus\\+"):
        read_adafocus(one)
    other = saved(tmp_path / "other", adafocus_v2_layout(small_networks.adafocus_v2()))
    with pytest.raises(OtherSystemError, match="is not of AdaFocus\\+; by its entries it is of AdaFocusV2"):
        read_adafocus_plus(other, alone)
    with pytest.raises(
        OtherSystemError, match="a policy that drops frames for AdaFocus\\+, without the rest"
    ):
        read_adafocus_plus(alone)
    assert likely_system(published_layout(small_state())) == "AdaFocus"
