import numpy as np
import pytest
import torch
from torch import nn

from foveate.errors import ConfigError
from tests.training.end_to_end.tiny import network
from training.end_to_end.dense import DenseMethod
from training.end_to_end.method import drawn, frames_loss, full_precision, head, of_frames
from training.end_to_end.published import Settings


def test_the_loss_is_the_mean_over_videos_and_frames() -> None:
    logits = torch.tensor([[[2.0, 0.0], [0.0, 0.0]], [[0.0, 4.0], [1.0, 0.0]]])
    answers = torch.tensor([0, 1])
    one_by_one = [-logits[video, frame].log_softmax(0)[video] for video in (0, 1) for frame in (0, 1)]
    torch.testing.assert_close(frames_loss(logits, answers), torch.stack(one_by_one).mean())


def test_frames_of_videos_through_a_network_of_frames() -> None:
    found = of_frames(nn.Flatten(), torch.arange(24.0).reshape(2, 3, 2, 2))
    assert torch.equal(found, torch.arange(24.0).reshape(2, 3, 4))


def test_a_head_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="without the heads"):
        head(None)


def test_dropout_is_what_the_settings_say() -> None:
    method = DenseMethod(network("tsn"), Settings(dropout=0.25, head_dropout=0.75))  # type: ignore[arg-type]
    torch.manual_seed(0)
    ones = torch.ones(40_000)
    assert method.drop(ones).eq(0).float().mean() == pytest.approx(0.25, abs=0.02)
    assert method.drop_for_head(ones).eq(0).float().mean() == pytest.approx(0.75, abs=0.02)


def test_places_are_not_rounded_in_mixed_precision() -> None:
    values = torch.rand(8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert (values @ values).dtype is torch.bfloat16
        with full_precision(values):
            assert (values @ values).dtype is torch.float32


def test_random_numbers_become_float32() -> None:
    found = drawn(np.array([0.1, 0.2]), torch.zeros(1))
    assert found.dtype is torch.float32
    assert found.tolist() == pytest.approx([0.1, 0.2])
