import pytest
import torch

from tests.models.small import SIZES, small_plus

STEPS = 6


def frames_of(videos: int) -> torch.Tensor:
    crop = SIZES.glance_side
    return torch.randn(videos, STEPS, 3, crop, crop, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
@pytest.mark.parametrize("mean", [False, True])
def test_nothing_dropped_is_adafocus(mean: bool) -> None:
    model = small_plus(0.0, mean)
    output, base = model(frames_of(2)), model.base(frames_of(2))
    assert output.kept.all()
    for name in ("local", "answers", "logits", "pred"):
        assert torch.equal(getattr(output.base, name), getattr(base, name)), name


@torch.no_grad()
def test_dropped_frames_are_zeros_to_the_classifier() -> None:
    model = small_plus(0.0)
    keep = model(frames_of(2)).keep
    assert keep.shape == (2, STEPS)
    model.threshold = float(keep.median())
    output, base = model(frames_of(2)), model.base(frames_of(2))
    assert output.kept.any()
    assert not output.kept.all()
    assert torch.equal(output.base.local[output.kept], base.local[output.kept])
    assert not output.base.local[~output.kept].any()
    answers = model.base.classifier(torch.cat([base.gvec, output.base.local], 2))
    assert torch.equal(output.base.answers, answers)
    assert not torch.equal(output.base.pred, base.pred)


@torch.no_grad()
def test_one_step_at_a_time() -> None:
    model = small_plus(0.5)
    output = model(frames_of(2))
    state = torch.zeros(2, SIZES.policy.hidden)
    for step in range(STEPS):
        keep, state = model.keep.step(output.base.gmap[:, step], state)
        torch.testing.assert_close(keep[:, 0], output.keep[:, step])
