import pytest
import torch

from export.uni_graphs import (
    AnswerAfterGlance,
    AnswerAtEnd,
    AnswerOfStep,
    TsmGlance,
    UniPlan,
    X3dFocus,
    X3dGlance,
    last_layers,
)
from export.video_graphs import FocusVideo
from tests.models.small_networks import noise
from tests.models.small_uni import uni_adafocus, uni_adafocus_tsm, uni_adafocus_x3d


@torch.no_grad()
def test_a_plan_needs_the_maps_alone() -> None:
    model = uni_adafocus()
    maps = noise(2, 4, 16, 2, 2)
    wanted = model.policy(maps, maps.mean((3, 4)))
    frames, rectangles, action, weights, real = UniPlan(model.policy)(maps)
    assert frames.dtype is torch.int64
    assert torch.equal(frames, wanted.frames)
    for mine, theirs in ((rectangles, wanted.rectangles), (action, wanted.action), (real, wanted.real)):
        assert torch.equal(mine, theirs)
    torch.testing.assert_close(weights.sum(1), torch.ones(2))


@torch.no_grad()
def test_answers_of_a_video_and_of_each_of_its_steps() -> None:
    network = uni_adafocus().classifier
    glance, focus = noise(2, 4, 16), noise(2, 4, 256, seed=1)
    wanted = network(glance, focus)
    first, glance_maximum = AnswerAfterGlance(network)(glance)
    torch.testing.assert_close(first, wanted[:, 3])
    torch.testing.assert_close(AnswerAtEnd(network)(glance, focus), wanted[:, -1])
    step, state = AnswerOfStep(network), torch.zeros(2, 24)
    for number in range(4):
        answer, state = step(focus[:, number], state, glance_maximum, torch.full((2,), number))
        torch.testing.assert_close(answer, wanted[:, 4 + number])


@torch.no_grad()
def test_a_batch_may_hold_different_steps() -> None:
    network = uni_adafocus().classifier
    focus, state, glance = noise(2, 256), noise(2, 24).relu(), noise(2, 24, seed=1).relu()
    both, _ = AnswerOfStep(network)(focus, state, glance, torch.tensor([3, 1]))
    for row, number in ((0, 3), (1, 1)):
        one = slice(row, row + 1)
        alone, _ = AnswerOfStep(network)(focus[one], state[one], glance[one], torch.tensor([number]))
        torch.testing.assert_close(both[one], alone)


def test_the_last_layers_share_their_memory() -> None:
    network = uni_adafocus().classifier
    last = last_layers(network)
    assert (last.glances, last.steps) == (1, 1)
    assert last.focus_layers.weight.shape == (1, 5, 48)
    assert last.focus_layers.weight.data_ptr() == network.focus_layers.weight[3].data_ptr()


@torch.no_grad()
def test_a_video_of_shifted_frames() -> None:
    model = uni_adafocus_tsm()
    glance, candidates = noise(2, 4, 3, 64, 64), noise(2, 9, 3, 64, 64, seed=1)
    wanted = model(glance, candidates)
    maps, logits, early = TsmGlance(model.glance)(glance)
    torch.testing.assert_close(maps, wanted.global_featmap)
    torch.testing.assert_close(logits, wanted.global_final_logits)
    torch.testing.assert_close(early, wanted.global_avg_logits)
    torch.testing.assert_close(FocusVideo(model.focus.stream)(wanted.patch), wanted.local_final_logits)


@torch.no_grad()
def test_a_clip() -> None:
    model = uni_adafocus_x3d()
    glance, candidates = noise(2, 4, 3, 96, 96), noise(2, 9, 3, 96, 96, seed=1)
    wanted = model(glance, candidates)
    maps, logits, early = X3dGlance(model.glance)(wanted.glance_input)
    torch.testing.assert_close(maps, wanted.global_featmap)
    torch.testing.assert_close(logits, wanted.global_final_logits)
    torch.testing.assert_close(early, wanted.global_avg_logits)
    torch.testing.assert_close(X3dFocus(model.focus)(wanted.patch), wanted.local_final_logits)


@torch.no_grad()
@pytest.mark.parametrize("part", ["glance", "focus"])
def test_half_precision_gives_float32(part: str) -> None:
    model = uni_adafocus_x3d()
    network = X3dGlance(model.glance) if part == "glance" else X3dFocus(model.focus)
    out = network.half()(noise(1, 4, 3, 64, 64))
    parts = out if isinstance(out, tuple) else (out,)
    assert {value.dtype for value in parts} == {torch.float32}
    assert parts[-1].shape == (1, 5)
