from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from models.interpolate import interpolate
from tests.models.published_files import golden_set, misses, written
from tests.models.small_networks import adafocus_v2, noise, seeded


@pytest.mark.parametrize(("name", "side"), [("adafocus-v2-mbv2-p128", 224), ("adafocus-v2-res50-p96", 96)])
def test_every_golden_array_is_met(shared: Path, tmp_path: Path, name: str, side: int) -> None:
    golden = golden_set(shared, name)
    with written(golden, tmp_path) as path:
        checkpoint = read_adafocus_v2(path)
    assert checkpoint.sizes.glance_side == side
    assert checkpoint.sizes.policy.hidden == golden.spec["config"]["policy_hidden"]
    assert checkpoint.sizes.steps == 16
    assert "state_dict.module.local_CNN.fc.weight" in checkpoint.dropped
    model = checkpoint.build(AdaFocusV2Options(golden.spec["config"]["patch_size"]))
    with torch.inference_mode():
        output = model(golden.frames())
        steps = by_steps(model, golden.frames())
    assert misses(golden, output) == {}
    assert misses(golden, replace(output, logits=steps, pred=steps[:, -1])) == {}


def by_steps(model: AdaFocusV2, frames: torch.Tensor) -> torch.Tensor:
    """The answers of the parts run one frame at a time, stopping never."""
    videos = frames.shape[0]
    seen = torch.zeros(videos, model.sizes.policy.hidden)
    largest = torch.zeros(videos, model.classifier.state_size)
    answers = []
    for step, frame in enumerate(model.order):
        glance_map, vector = model.glance(model.glance_pixels(frames[:, frame]))
        scores, seen = model.policy.step(glance_map, seen)
        _, corners = model.place(scores)
        local = model.focus(interpolate(frames[:, frame], corners, model.options.patch))
        features = torch.cat([vector, local], 1)
        answer, largest = model.classifier.step(features, largest, torch.full((videos,), step))
        answers.append(answer)
    return torch.stack(answers, 1)


@pytest.mark.parametrize("resnet", [False, True])
def test_one_frame_at_a_time_gives_the_whole(resnet: bool) -> None:
    model = adafocus_v2(resnet)
    frames = noise(2, 4, 3, model.options.crop, model.options.crop)
    with torch.inference_mode():
        torch.testing.assert_close(by_steps(model, frames), model(frames).logits, rtol=1e-4, atol=1e-4)


def test_frames_enter_by_bisection_or_in_order_of_time() -> None:
    model = adafocus_v2()
    plain = seeded(AdaFocusV2(model.sizes, replace(model.options, bisect=False)))
    frames = noise(1, 4, 3, 64, 64)
    with torch.inference_mode():
        output, same = model(frames), plain(frames[:, [1, 0, 3, 2]])
    assert output.order.tolist() == [1, 0, 3, 2]
    assert same.order.tolist() == [0, 1, 2, 3]
    torch.testing.assert_close(output.logits, same.logits)
    assert torch.equal(output.input, frames.flatten(1, 2))


def test_the_resnet_glance_sees_a_smaller_frame_with_aligned_corners() -> None:
    model = adafocus_v2(resnet=True)
    frames = noise(1, 4, 3, 80, 80)
    with torch.inference_mode():
        output = model(frames)
    assert output.glance_input.shape == (1, 4, 3, 64, 64)
    first = frames[0, 1]
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        torch.testing.assert_close(
            output.glance_input[0, 0][:, corner[0], corner[1]], first[:, corner[0], corner[1]]
        )
    wanted = functional.interpolate(first[None], (64, 64), mode="bilinear", align_corners=True)
    torch.testing.assert_close(output.glance_input[0, 0], wanted[0])


def test_patches_are_cut_between_the_pixels() -> None:
    model = adafocus_v2()
    frames = noise(2, 4, 3, 64, 64)
    with torch.inference_mode():
        output = model(frames)
    torch.testing.assert_close(output.corners, torch.sigmoid(output.policy_logits) * 24)
    assert (output.corners != output.corners.floor()).any()
    y, x = output.corners[1, 2].tolist()
    pixel = frames[1, 3, :, int(y) : int(y) + 2, int(x) : int(x) + 2]
    down, across = y - int(y), x - int(x)
    weights = torch.tensor([[1 - down], [down]]) * torch.tensor([[1 - across, across]])
    torch.testing.assert_close(output.patches[1, 2, :, 0, 0], (pixel * weights).sum((1, 2)))


def test_auxiliary_answers_are_there_where_their_heads_are() -> None:
    frames = noise(1, 4, 3, 64, 64)
    with torch.inference_mode():
        with_heads, without = adafocus_v2()(frames), adafocus_v2(auxiliary=False)(frames)
    assert with_heads.global_logits.shape == with_heads.local_logits.shape == (1, 4, 5)
    assert without.global_logits is None
    assert without.local_logits is None
    torch.testing.assert_close(with_heads.pred, without.pred)


def test_a_frame_after_the_step_changes_nothing_before_it() -> None:
    model = adafocus_v2()
    frames = noise(1, 4, 3, 64, 64)
    other = frames.clone()
    other[:, 3] = 0
    with torch.inference_mode():
        before, after = model(frames).logits, model(other).logits
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2:], after[:, 2:])
