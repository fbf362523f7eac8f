import numpy as np
import pytest
import torch

from tests.training.end_to_end.tiny import CPU
from tests.training.ocsampler.tiny import LISTS, marked, network
from training.networks import normalised
from training.ocsampler.chance import uniform_frames
from training.ocsampler.evaluate import frame_scores


@torch.no_grad()
def test_each_choice_is_judged_by_the_network_itself() -> None:
    net, data = network(1), marked(10)
    scores, logits = frame_scores(net, data, LISTS, CPU)
    frames = normalised(data.pools, CPU)
    answers = net(frames).answers
    np.testing.assert_allclose(logits, answers.numpy(), atol=1e-5)
    labels = torch.from_numpy(data.labels)
    assert scores.videos == 10
    assert scores.policy == pytest.approx((answers.argmax(2) == labels[:, None]).double().mean(0).tolist())
    features = net.focus(frames.flatten(0, 1)).unflatten(0, (10, 5))
    for count in (1, 2):
        last = net.classifier.last(features[:, uniform_frames(5, count)])
        assert scores.uniform[count - 1] == pytest.approx(float((last.argmax(1) == labels).double().mean()))
    whole = net.classifier.last(features)
    assert scores.every == pytest.approx(float((whole.argmax(1) == labels).double().mean()))


def test_random_frames_are_those_of_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    net, data = network(1), marked(10)

    def varied(net: object, frames: torch.Tensor) -> torch.Tensor:
        return torch.randn(len(frames), 5, 16, generator=torch.Generator().manual_seed(0)).abs()

    monkeypatch.setattr("training.ocsampler.evaluate.embedded", varied)
    first, again, other = (frame_scores(net, data, LISTS, CPU, seed=seed)[0].random for seed in (0, 0, 1))
    assert first == again != other
    assert len(first) == 2
