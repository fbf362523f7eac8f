from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from foveate.errors import CheckpointError
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_checkpoint import check_patch, published_layout, read_adafocus
from tests.models.small import MEAN_SIZES, PATCH, SIZES, small_model, small_state

Content = dict[str, Any]


def save(content: object, folder: Path) -> Path:
    path = folder / "checkpoint.pth.tar"
    torch.save(content, path)
    return path


@pytest.mark.parametrize("sizes", [SIZES, MEAN_SIZES])
def test_what_was_saved_is_read_back(tmp_path: Path, sizes: AdaFocusSizes) -> None:
    content = published_layout(small_state(sizes), {"epoch": 3, "acc": torch.tensor(1.0), "optimizer": None})
    checkpoint = read_adafocus(save(content, tmp_path))
    assert checkpoint.sizes == sizes
    video = torch.randn(1, 2, 3, sizes.glance_side, sizes.glance_side)
    with torch.no_grad():
        assert torch.equal(checkpoint.build(PATCH)(video).pred, small_model(sizes)(video).pred)


def test_sizes_of_the_published_network(tmp_path: Path) -> None:
    with torch.device("meta"):
        state = AdaFocus(AdaFocusSizes(), 128).state_dict()
    # One stored number a tensor: a file of the full shapes would be 200 megabytes.
    thin = {name: torch.zeros(()).expand(value.shape) for name, value in state.items()}
    assert read_adafocus(save(published_layout(thin), tmp_path)).sizes == AdaFocusSizes()


def test_entries_of_training_are_left_out_and_listed(tmp_path: Path) -> None:
    content = published_layout(small_state())
    content["glancer"]["net.classifier.1.weight"] = torch.zeros(5, 32)
    content["focuser"]["net.fc.bias"] = torch.zeros(5)
    content["focuser"]["policy.policy_old.actor.0.bias"] = torch.zeros(25)
    content["policy"]["critic.0.bias"] = torch.zeros(1)
    dropped = read_adafocus(save(content, tmp_path)).dropped
    assert {
        "glancer.net.classifier.1.weight",
        "focuser.net.fc.bias",
        "focuser.policy.policy_old.actor.0.bias",
        "policy.critic.0.bias",
        "glancer.net.features.0.1.num_batches_tracked",
    } <= set(dropped)


def without(key: str) -> Callable[[Content], None]:
    return lambda content: content.pop(key)


def stage_one(content: Content) -> None:
    content["policy"] = None


def partial(content: Content) -> None:
    del content["focuser"]["net.layer3.2.conv2.weight"]


def no_stem(content: Content) -> None:
    del content["glancer"]["net.features.0.0.weight"]


def surplus(content: Content) -> None:
    content["fc"]["fc2.weight"] = torch.zeros(2, 2)


def reshaped(content: Content) -> None:
    content["glancer"]["net.features.4.conv.1.0.weight"] = torch.zeros(8, 1, 3, 3)


def odd_places(content: Content) -> None:
    content["policy"]["actor.0.weight"] = torch.zeros(30, 12)


def no_glance_features(content: Content) -> None:
    content["fc"]["gru.weight_ih_l0"] = torch.zeros(36, 128)


def text_for_weights(content: Content) -> None:
    content["fc"] = "nothing"


def text_among_weights(content: Content) -> None:
    content["fc"] = {"weight": "nothing"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (stage_one, "no policy: it is of the first stage"),
        (without("policy"), "no entry 'policy'; it has fc, focuser, glancer"),
        (without("fc"), "no entry 'fc'"),
        (partial, r"'focuser' in .* lacks layer3\.2\.conv2\.weight"),
        (no_stem, r"not complete: 'features\.0\.0\.weight'"),
        (surplus, r"not expected: fc2\.weight"),
        (
            reshaped,
            r"features\.4\.conv\.1\.0\.weight' in .* has the shape \(8, 1, 3, 3\), not \(48, 1, 3, 3\)",
        ),
        (odd_places, "30 places; published: 25, 36, 49, 64"),
        (no_glance_features, "without the glance features"),
        (dict.clear, "no entry 'glancer'; it has none"),
        (text_for_weights, "'fc' in .* is no state dict but str"),
        (text_among_weights, "'fc' in .* is no state dict: not all that it holds are tensors"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, spoil: Callable[[Content], None], message: str) -> None:
    content = published_layout(small_state())
    spoil(content)
    with pytest.raises(CheckpointError, match=message):
        read_adafocus(save(content, tmp_path))


def test_a_file_of_another_system_is_named(tmp_path: Path) -> None:
    content = {"state_dict": {"module.policy_stn.encoder.0.weight": torch.zeros(1)}}
    with pytest.raises(CheckpointError, match="not of AdaFocus; by its entries it is of AdaFocusV2"):
        read_adafocus(save(content, tmp_path))


@pytest.mark.parametrize("patch", [0, 16, 100, 240])
def test_a_patch_side_off_the_grid_is_refused(patch: int) -> None:
    with pytest.raises(CheckpointError, match="no multiple of 16 between 32 and 224"):
        check_patch(AdaFocusSizes(), patch)


@pytest.mark.parametrize("patch", [96, 128, 160, 192, 224])
def test_published_patch_sides_are_taken(patch: int) -> None:
    check_patch(AdaFocusSizes(), patch)


def test_frames_may_be_larger_than_a_glance_but_not_smaller() -> None:
    check_patch(AdaFocusSizes(), 224, 448)
    with pytest.raises(CheckpointError, match="no multiple of 16 between 32 and 448"):
        check_patch(AdaFocusSizes(), 464, 448)
    with pytest.raises(CheckpointError, match="takes frames of 224 or more"):
        check_patch(AdaFocusSizes(), 96, 192)
