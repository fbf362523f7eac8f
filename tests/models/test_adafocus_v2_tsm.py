from pathlib import Path

import torch

from models.adafocus_v2_tsm import AdaFocusV2TsmOptions, StackedPolicy
from models.adafocus_v2_tsm_checkpoint import read_adafocus_v2_tsm
from models.interpolate import interpolate
from tests.models.published_files import chosen, golden_set, misses, written
from tests.models.small_networks import CLASSES, CROP, STACKED, adafocus_v2_tsm, noise, seeded

GLANCE, FOCUS = noise(2, 4, 3, CROP, CROP), noise(2, 6, 3, CROP, CROP, seed=1)


def test_every_golden_array_is_met(shared: Path, tmp_path: Path) -> None:
    golden = golden_set(shared, "adafocus-v2-tsm-p144")
    with written(golden, tmp_path) as path:
        checkpoint = read_adafocus_v2_tsm(path)
    assert checkpoint.sizes.glance_frames == 8
    assert checkpoint.sizes.auxiliary
    assert all(name.endswith("num_batches_tracked") for name in checkpoint.dropped)
    model = checkpoint.build(AdaFocusV2TsmOptions(golden.spec["config"]["patch_size"]))
    with torch.inference_mode():
        output = model(chosen(golden, "glance_frames"), chosen(golden, "focus_frames"))
    assert misses(golden, output) == {}


def test_one_place_between_the_pixels_serves_all_patches_of_a_video() -> None:
    model = adafocus_v2_tsm()
    with torch.inference_mode():
        output = model(GLANCE, FOCUS)
    torch.testing.assert_close(output.corners, torch.sigmoid(output.policy_logits) * 24)
    wanted = interpolate(FOCUS[1], output.corners[1:].expand(6, 2), 40)
    torch.testing.assert_close(output.patches[1], wanted)


def test_the_answer_is_the_sum_of_the_two_means() -> None:
    with torch.inference_mode():
        output = adafocus_v2_tsm()(GLANCE, FOCUS)
    torch.testing.assert_close(output.pred, output.local_logits.mean(1) + output.glance_logits.mean(1))
    assert output.pred.shape == (2, CLASSES)


def test_auxiliary_answers_are_there_where_their_heads_are() -> None:
    model = adafocus_v2_tsm()
    assert model.local_head is not None
    with torch.no_grad():
        output, without = model(GLANCE, FOCUS), adafocus_v2_tsm(auxiliary=False)(GLANCE, FOCUS)
        wanted = model.local_head(output.local.mean(1))
    torch.testing.assert_close(output.local_aux, wanted)
    assert without.global_aux is None
    assert without.local_aux is None
    torch.testing.assert_close(without.pred, output.pred)


def test_the_policy_looks_at_all_maps_together() -> None:
    policy, maps = seeded(StackedPolicy(STACKED, 6)), noise(2, 4, 16, 2, 2)
    by_hand = maps.reshape(2, 64, 2, 2)
    with torch.no_grad():
        scores, hidden = policy(maps)
        for layer in list(policy)[:-1]:
            by_hand = layer(by_hand)
        torch.testing.assert_close(hidden, by_hand)
        torch.testing.assert_close(scores, policy[10](by_hand))
