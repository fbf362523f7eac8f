from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.training.end_to_end.tiny import CPU
from tests.training.ocsampler.tiny import LISTS, SIZES, choice, marked, network, run, task
from training.ocsampler.chance import draw, log_chance
from training.ocsampler.choice import ChoiceRun
from training.ocsampler.clips import Clips
from training.pools import PoolSet

ALL = np.arange(8)


@pytest.mark.parametrize("reward", ["largest", "label"])
@pytest.mark.parametrize("entropy", [0.0, 0.3])
def test_the_loss_is_the_published_one(
    reward: Literal["largest", "label"], entropy: float, tmp_path: Path
) -> None:
    place = task(tmp_path)
    running = ChoiceRun(place, choice(reward=reward, entropy=entropy))
    running.begin()
    loss, scalars = running.loss(ALL, np.random.default_rng(4), 0.0)
    with torch.no_grad():
        out = running.network(running.clips.frames(ALL))
        drawn = draw(out.frame_probs.log(), 2, np.random.default_rng(4))
        frames = running.clips.frames(ALL)

        def scores(index: torch.Tensor) -> torch.Tensor:
            kept = frames[torch.arange(8)[:, None], index]
            features = running.network.focus(kept.flatten(0, 1)).unflatten(0, (8, 2))
            found: torch.Tensor = running.network.classifier.last(features).softmax(1)
            return found

        first, second = scores(drawn), scores(torch.tensor([1, 3]).expand(8, 2))
        label = place.answers(ALL)[:, None]
        gain = {
            "largest": first.amax(1) - second.amax(1),
            "label": (first.gather(1, label) - second.gather(1, label))[:, 0],
        }[reward]
        spread = -(out.frame_probs * out.frame_probs.log()).sum(1)
        wanted = -(gain * log_chance(out.frame_probs.log(), drawn) + entropy * spread).mean()
    torch.testing.assert_close(loss.detach(), wanted.float(), atol=1e-5, rtol=1e-4)
    assert scalars["reward"] == pytest.approx(float(gain.mean()), abs=1e-5)


def test_frames_that_are_always_others_are_looked_at_each_time(tmp_path: Path) -> None:
    place = task(tmp_path, data=marked(choices=2, extra=4))
    running = ChoiceRun(place, choice(augment=True))
    running.begin()
    assert not place.cache.exists()
    loss, _ = running.loss(ALL, np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    assert running.network.policy.logit.weight.grad is not None
    assert running.network.focus.conv1.weight.grad is None
    assert running.network.classifier.fc.weight.grad is None


def test_a_policy_learns_which_frames_tell_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the place of a trained classifier's: a marked frame's embedding tells the class, others' nothing.
    def known(data: PoolSet) -> NDArray[np.float32]:
        light = data.pools[..., [0, 2]].mean((2, 3)) > 200
        return np.pad(light, ((0, 0), (0, 0), (0, 14))).astype(np.float32)

    monkeypatch.setattr(
        "training.ocsampler.choice.cached_embeddings", lambda net, clips, task: known(clips.data)
    )
    net = network(sizes=SIZES.model_copy(update={"keep": 1}))
    with torch.no_grad():
        net.classifier.fc.weight.copy_(4 * torch.eye(2, 16))
        net.classifier.fc.bias.zero_()
    data = marked(24)
    stage = choice(epochs=25, batch=24, rate=0.02, optimizer="adam", reward="largest")
    _, log = run(tmp_path, stage, net=net, data=data)
    net.eval()
    with torch.no_grad():
        best = net(Clips(data, LISTS, CPU).frames(np.arange(24))).frame_index
    marks = torch.from_numpy(known(data).max(2))
    assert float(marks.gather(1, best).mean()) > 0.9
    rewards = [values["reward"] for _, _, values in log.seen]
    assert np.mean(rewards[-5:]) > np.mean(rewards[:5]) + 0.1
