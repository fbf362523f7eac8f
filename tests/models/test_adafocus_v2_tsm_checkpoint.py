from pathlib import Path
from typing import Any

import pytest
import torch

from foveate.errors import CheckpointError
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.adafocus_v2_tsm import AdaFocusV2TsmOptions
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout, read_adafocus_v2_tsm
from tests.models.small_networks import CROP, adafocus_v2, adafocus_v2_tsm, noise


def saved(content: dict[str, Any], folder: Path) -> Path:
    path = folder / "file.pth.tar"
    torch.save(content, path)
    return path


@pytest.mark.parametrize("auxiliary", [False, True])
def test_what_was_saved_is_read(tmp_path: Path, auxiliary: bool) -> None:
    model = adafocus_v2_tsm(auxiliary)
    further = {"epoch": 50, "arch": "resnet50", "best_prec1": 48.6}
    checkpoint = read_adafocus_v2_tsm(saved(adafocus_v2_tsm_layout(model, further), tmp_path))
    assert checkpoint.sizes == model.sizes
    frames, others = noise(1, 4, 3, CROP, CROP), noise(1, 6, 3, CROP, CROP, seed=1)
    again = checkpoint.build(model.options)
    with torch.inference_mode():
        assert torch.equal(again(frames, others).pred, model(frames, others).pred)
    assert not again.training


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("policy_stn.8.running_var", r"lacks policy_stn\.8\.running_var"),
        ("policy_stn.7.weight", r"not complete: policy_stn\.7\.weight is missing"),
        ("local_CNN.base_model.layer4.2.conv1.net.weight", r"lacks local_CNN\.base_model\.layer4\.2\.conv1"),
        ("global_CNN.base_model.features.18.0.weight", r"not complete: features\.18\.0\.weight"),
        ("local_CNN.new_new_fc.weight", r"lacks local_CNN\.new_new_fc\.weight"),
    ],
)
def test_a_file_that_is_not_complete_says_what_is_wrong(tmp_path: Path, name: str, message: str) -> None:
    content = adafocus_v2_tsm_layout(adafocus_v2_tsm())
    del content["state_dict"][f"module.{name}"]
    with pytest.raises(CheckpointError, match=message):
        read_adafocus_v2_tsm(saved(content, tmp_path))


def test_a_policy_that_takes_part_of_a_map_is_refused(tmp_path: Path) -> None:
    content = adafocus_v2_tsm_layout(adafocus_v2_tsm())
    content["state_dict"]["module.policy_stn.0.weight"] = torch.zeros(4, 63, 1, 1)
    with pytest.raises(CheckpointError, match="the policy's first layer is missing or odd"):
        read_adafocus_v2_tsm(saved(content, tmp_path))


def test_a_file_of_another_system_names_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"by its entries it is of AdaFocusV2$"):
        read_adafocus_v2_tsm(saved(adafocus_v2_layout(adafocus_v2()), tmp_path))


def test_a_patch_larger_than_the_frame_is_refused(tmp_path: Path) -> None:
    checkpoint = read_adafocus_v2_tsm(saved(adafocus_v2_tsm_layout(adafocus_v2_tsm()), tmp_path))
    with pytest.raises(CheckpointError, match="65 does not lie between 32 and 64"):
        checkpoint.build(AdaFocusV2TsmOptions(65))
