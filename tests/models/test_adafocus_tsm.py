from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions
from models.adafocus_tsm_checkpoint import read_adafocus_tsm
from models.seeded import shapes_of
from tests.models.published_files import chosen, golden_set, misses, written
from tests.models.small_networks import CLASSES, CROP, adafocus_tsm, noise, seeded

GLANCE, FOCUS = noise(2, 4, 3, CROP, CROP), noise(2, 6, 3, CROP, CROP, seed=1)


@pytest.mark.parametrize(
    ("name", "outputs"), [("adafocus-v1-tsm-p144", 2), ("adafocus-v1-tsm-discrete-p160", 49)]
)
def test_every_golden_array_is_met(shared: Path, tmp_path: Path, name: str, outputs: int) -> None:
    golden = golden_set(shared, name)
    with written(golden, tmp_path) as path:
        checkpoint = read_adafocus_tsm(path)
    assert checkpoint.sizes.policy.outputs == outputs
    assert checkpoint.sizes.glance_frames == 8
    assert checkpoint.sizes.crop == 224
    assert "policy.critic.0.weight" in checkpoint.dropped
    model = checkpoint.build(AdaFocusTsmOptions(golden.spec["config"]["patch_size"]))
    with torch.inference_mode():
        output = model(chosen(golden, "glance_frames"), chosen(golden, "focus_frames"))
    assert misses(golden, output) == {}


@pytest.mark.parametrize("outputs", [2, 16])
def test_one_whole_corner_serves_all_patches_of_a_video(outputs: int) -> None:
    model = adafocus_tsm(outputs)
    with torch.inference_mode():
        output = model(GLANCE, FOCUS)
    assert output.patches.shape == (2, 6, 3, 48, 48)
    assert output.policy_logits.shape == (2, 1, outputs)
    for video, (y, x) in enumerate(output.corners[:, 0].tolist()):
        cut = FOCUS[video, :, :, y : y + 48, x : x + 48]
        assert torch.equal(output.patches[video], cut)


def test_a_continuous_place_is_floored() -> None:
    with torch.inference_mode():
        output = adafocus_tsm()(GLANCE, FOCUS)
    assert torch.equal(output.corners, (torch.sigmoid(output.policy_logits) * 16).floor().long())


def test_a_discrete_place_is_the_best_of_the_table() -> None:
    with torch.inference_mode():
        output = adafocus_tsm(outputs=16, patch=40)(GLANCE, FOCUS)
    best = output.policy_logits.argmax(2)
    assert torch.equal(output.actions, best)
    line = torch.tensor([0, 8, 16, 24])
    assert torch.equal(output.corners, torch.stack([line[best // 4], line[best % 4]], 2))


@pytest.mark.parametrize("say", [True, False])
def test_the_answer_is_of_both_networks_or_of_one(say: bool) -> None:
    with torch.inference_mode():
        output = adafocus_tsm(say=say)(GLANCE, FOCUS)
    wanted = output.local_logits.mean(1) + (output.glance_logits.mean(1) if say else 0)
    torch.testing.assert_close(output.pred, wanted)
    assert output.pred.shape == (2, CLASSES)


def test_the_number_of_patches_may_be_given() -> None:
    model = adafocus_tsm()
    other = seeded(AdaFocusTsm(model.sizes, replace(model.options, focus_frames=3)))
    assert shapes_of(other.state_dict()) == shapes_of(model.state_dict())
    with torch.inference_mode():
        assert other(GLANCE, FOCUS[:, :3]).patches.shape[1] == 3
