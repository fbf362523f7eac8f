from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from foveate.errors import CheckpointError
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options
from models.adafocus_v2_checkpoint import adafocus_v2_layout, read_adafocus_v2
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout
from tests.models.small_networks import adafocus_v2, adafocus_v2_tsm, noise

State = dict[str, torch.Tensor]


def saved(content: dict[str, Any], folder: Path) -> Path:
    path = folder / "file.pth.tar"
    torch.save(content, path)
    return path


def laid_out(model: AdaFocusV2) -> dict[str, Any]:
    content = adafocus_v2_layout(model)
    dead = "fc" if isinstance(model.sizes.glance, int) else "classifier"
    for name in (f"global_CNN.{dead}", "local_CNN.fc"):
        content["state_dict"] |= {
            f"module.{name}.weight": torch.zeros(10, 3),
            f"module.{name}.bias": torch.zeros(10),
        }
    return content


@pytest.mark.parametrize("resnet", [False, True])
@pytest.mark.parametrize("auxiliary", [False, True])
def test_what_was_saved_is_read(tmp_path: Path, resnet: bool, auxiliary: bool) -> None:
    model = adafocus_v2(resnet, auxiliary=auxiliary)
    checkpoint = read_adafocus_v2(saved(laid_out(model), tmp_path))
    assert checkpoint.sizes == model.sizes
    assert "state_dict.module.local_CNN.fc.bias" in checkpoint.dropped
    frames = noise(1, 4, 3, model.options.crop, model.options.crop)
    again = checkpoint.build(model.options)
    with torch.inference_mode():
        assert torch.equal(again(frames).logits, model(frames).logits)
    assert not again.training


def test_a_file_without_the_wrapper_is_read_too(tmp_path: Path) -> None:
    model = adafocus_v2()
    state = {k.removeprefix("module."): v for k, v in laid_out(model)["state_dict"].items()}
    checkpoint = read_adafocus_v2(saved({"state_dict": state}, tmp_path))
    assert checkpoint.sizes == model.sizes
    assert "state_dict.local_CNN.fc.bias" in checkpoint.dropped


def without(name: str) -> Callable[[State], None]:
    def remove(state: State) -> None:
        del state[f"module.{name}"]

    return remove


def no_policy(state: State) -> None:
    for name in [name for name in state if "policy_stn" in name]:
        del state[name]


def reshaped(state: State) -> None:
    state["module.classifier.classifiers.2.1.weight"] = torch.zeros(5, 13)


def surplus(state: State) -> None:
    state["module.second.weight"] = torch.zeros(2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("classifier.classifiers.2.1.bias"), r"lacks classifier\.classifiers\.2\.1\.bias"),
        (without("classifier.classifiers.0.1.weight"), r"not complete: classifier\.classifiers\.0"),
        (without("global_CNN.features.7.conv.6.weight"), r"lacks global_CNN\.features\.7\.conv\.6\.weight"),
        (without("local_CNN.conv1.weight"), r"not complete: local_CNN\.conv1\.weight is missing"),
        (without("local_CNN_fc.1.bias"), r"lacks local_CNN_fc\.1\.bias"),
        (no_policy, r"not complete: policy_stn\.encoder\.0\.weight"),
        (reshaped, r"classifiers\.2\.1\.weight' in .* has the shape \(5, 13\), not \(5, 14\)"),
        (surplus, r"not expected: second\.weight"),
    ],
)
def test_a_file_that_is_not_complete_says_what_is_wrong(
    tmp_path: Path, change: Callable[[State], None], message: str
) -> None:
    content = laid_out(adafocus_v2())
    change(content["state_dict"])
    with pytest.raises(CheckpointError, match=message):
        read_adafocus_v2(saved(content, tmp_path))


def test_a_file_of_another_system_names_it(tmp_path: Path) -> None:
    path = saved(adafocus_v2_tsm_layout(adafocus_v2_tsm()), tmp_path)
    with pytest.raises(CheckpointError, match=r"by its entries it is of AdaFocusV2-TSM$"):
        read_adafocus_v2(path)
    with pytest.raises(CheckpointError, match="has no entry 'state_dict'"):
        read_adafocus_v2(saved({"epoch": 3}, tmp_path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (AdaFocusV2Options(patch=72, crop=64), "between 32 and 64"),
        (AdaFocusV2Options(patch=32, crop=48), "takes frames of 64 or more"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, options: AdaFocusV2Options, message: str
) -> None:
    checkpoint = read_adafocus_v2(saved(laid_out(adafocus_v2()), tmp_path))
    with pytest.raises(CheckpointError, match=message):
        checkpoint.build(options)


def test_two_steps_have_no_bisection_order(tmp_path: Path) -> None:
    model = adafocus_v2()
    content = laid_out(model)
    for step in (2, 3):
        for entry in ("weight", "bias"):
            del content["state_dict"][f"module.classifier.classifiers.{step}.1.{entry}"]
    checkpoint = read_adafocus_v2(saved(content, tmp_path))
    assert checkpoint.sizes.steps == 2
    with pytest.raises(CheckpointError, match="no bisection order of 2 steps"):
        checkpoint.build(model.options)
    plain = checkpoint.build(AdaFocusV2Options(40, 64, bisect=False))
    assert plain(noise(1, 2, 3, 64, 64)).logits.shape == (1, 2, 5)
