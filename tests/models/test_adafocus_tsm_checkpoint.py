from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from foveate.errors import CheckpointError
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions
from models.adafocus_tsm_checkpoint import adafocus_tsm_layout, read_adafocus_tsm
from tests.models.small_networks import CROP, adafocus_tsm, adafocus_v2, noise

GLANCE, FOCUS = noise(1, 4, 3, CROP, CROP), noise(1, 6, 3, CROP, CROP, seed=1)


def saved(content: dict[str, Any], folder: Path) -> Path:
    path = folder / "file.pth.tar"
    torch.save(content, path)
    return path


def laid_out(model: AdaFocusTsm) -> dict[str, Any]:
    content = adafocus_tsm_layout(model, {"epoch": 9, "acc": torch.tensor(47.0), "optimizer": None})
    content["policy"] |= {"critic.0.weight": torch.zeros(1, 6), "critic.0.bias": torch.zeros(1)}
    return content


@pytest.mark.parametrize(("outputs", "norms"), [(2, True), (2, False), (16, True), (100, True)])
def test_what_was_saved_is_read(tmp_path: Path, outputs: int, norms: bool) -> None:
    model = adafocus_tsm(outputs, norms)
    checkpoint = read_adafocus_tsm(saved(laid_out(model), tmp_path))
    assert checkpoint.sizes == model.sizes
    assert len(checkpoint.sha256) == 64
    assert "policy.critic.0.weight" in checkpoint.dropped
    assert any(name.startswith("glancer.") and "num_batches" in name for name in checkpoint.dropped)
    again = checkpoint.build(model.options)
    with torch.inference_mode():
        assert torch.equal(again(GLANCE, FOCUS).pred, model(GLANCE, FOCUS).pred)
    assert not again.training


def without(key: str, name: str) -> Callable[[dict[str, Any]], None]:
    def remove(content: dict[str, Any]) -> None:
        del content[key][name]

    return remove


def no_focus(content: dict[str, Any]) -> None:
    del content["focuser"]
    content["model_state_dict"] = {}


def first_stage(content: dict[str, Any]) -> None:
    content["policy"] = None


def odd_outputs(content: dict[str, Any]) -> None:
    content["policy"] |= {"actor.0.weight": torch.zeros(50, 6), "actor.0.bias": torch.zeros(50)}


def odd_stack(content: dict[str, Any]) -> None:
    content["policy"]["state_encoder.0.weight"] = torch.zeros(4, 60, 1, 1)


def surplus(content: dict[str, Any]) -> None:
    content["fc"]["second.weight"] = torch.zeros(2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("glancer", "net.features.5.conv.0.net.weight"), r"lacks net\.features\.5\.conv\.0\.net"),
        (without("glancer", "net.features.0.0.weight"), r"not complete: features\.0\.0\.weight is"),
        (without("focuser", "net.base_model.7.2.bn3.bias"), r"'focuser' in .* lacks net\.base_model\.7\.2"),
        (without("policy", "gru.bias_hh_l0"), r"'policy' in .* lacks gru\.bias_hh_l0"),
        (no_focus, "has no entry 'focuser'"),
        (first_stage, "first stage of training"),
        (odd_outputs, "is 50; published: 2, 16, 25, 36, 49, 64, 81, 100"),
        (odd_stack, "the policy's first layer is missing or odd"),
        (surplus, r"not expected: second\.weight"),
    ],
)
def test_a_file_that_is_not_complete_says_what_is_wrong(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    content = laid_out(adafocus_tsm())
    change(content)
    with pytest.raises(CheckpointError, match=message):
        read_adafocus_tsm(saved(content, tmp_path))


def test_a_file_of_another_system_names_it(tmp_path: Path) -> None:
    state = {f"module.{name}": value for name, value in adafocus_v2().policy.state_dict().items()}
    other = {"state_dict": {f"module.policy_stn.{name}": value for name, value in state.items()}}
    other["state_dict"]["module.policy_stn.encoder.0.weight"] = torch.zeros(1)
    with pytest.raises(CheckpointError, match=r"by its entries it is of AdaFocusV2$"):
        read_adafocus_tsm(saved(other, tmp_path))


@pytest.mark.parametrize("patch", [16, 80])
def test_a_patch_that_does_not_fit_the_frame_is_refused(tmp_path: Path, patch: int) -> None:
    checkpoint = read_adafocus_tsm(saved(laid_out(adafocus_tsm()), tmp_path))
    with pytest.raises(CheckpointError, match=f"{patch} does not lie between 32 and 64"):
        checkpoint.build(AdaFocusTsmOptions(patch))
