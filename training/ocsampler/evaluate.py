"""What OCSampler's choice of frames is worth on videos that it was not trained on."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.ocsampler import OCSampler
from models.uni_classifier import running_maximum
from training.features import Floats
from training.frame_lists import FrameLists
from training.ocsampler.chance import random_frames, uniform_frames
from training.ocsampler.clips import Clips
from training.ocsampler.run import embedded, taken
from training.pools import PoolSet, Watch

BATCH, DRAWS = 8, 10


@dataclass(frozen=True, slots=True)
class FrameScores:
    """Accuracies on held-out videos, each a share of 1; the same classifier judges all choices of frames.

    Attributes:
        videos: number of videos.
        policy: the k most probable frames, for each k from 1 to K.
        uniform: the middles of k equal segments.
        random: k random frames, the mean of ten draws.
        every: all candidate frames.
    """

    videos: int
    policy: tuple[float, ...]
    uniform: tuple[float, ...]
    random: tuple[float, ...]
    every: float


@torch.no_grad()
def frame_scores(
    network: OCSampler,
    data: PoolSet,
    lists: FrameLists,
    device: torch.device,
    watch: Watch = iter,
    seed: int = 0,
) -> tuple[FrameScores, Floats]:
    """Score a network.

    Args:
        network: in any mode; it is in evaluation mode afterwards.
        data: pools as the bundle samples them.
        lists: the frames of a pool.
        device: where the network is.
        watch: shows progress.
        seed: of the random frames.

    Returns:
        The scores, and the logits after each of the policy's frames, the most probable first (videos, K,
        classes).
    """
    network.eval()
    clips, random = Clips(data, lists, device), np.random.default_rng(seed)
    right: list[Tensor] = []
    logits: list[Tensor] = []
    for begin in watch(range(0, len(data), BATCH)):
        numbers = np.arange(begin, min(begin + BATCH, len(data)))
        frames = clips.frames(numbers)
        seen = embedded(network, frames)
        found = network.policy(network.glance(network.glance_pixels(frames)).float())[0]
        chosen = running_maximum(taken(seen, found))
        logits.append(network.classifier.fc(chosen).float().cpu())
        labels = torch.from_numpy(data.labels[numbers]).to(device)
        right.append(_right(network, seen, chosen, labels, random).cpu())
    keep = network.options.keep
    shares: list[float] = torch.cat(right).mean(0).tolist()
    parts = [tuple(shares[part * keep : (part + 1) * keep]) for part in range(3)]
    return FrameScores(len(data), parts[0], parts[1], parts[2], shares[-1]), torch.cat(logits).numpy()


def _right(
    network: OCSampler, seen: Tensor, chosen: Tensor, labels: Tensor, random: np.random.Generator
) -> Tensor:
    """How often each choice is right: policy, uniform, random for each k, and all frames (B, 3 * K + 1).

    Args:
        network: whose classifier judges.
        seen: embedded frames (B, T, width).
        chosen: largest embedded features of the policy's first k frames (B, K, width).
        labels: (B).
        random: what random frames are drawn from.
    """
    videos, frames = seen.shape[:2]
    keep = network.options.keep

    def judged(largest: Tensor) -> Tensor:
        logits: Tensor = network.classifier.fc(largest)
        return (logits.argmax(2) == labels[:, None]).double()

    uniform = [seen[:, uniform_frames(frames, count)].amax(1) for count in range(1, keep + 1)]
    rows = [random_frames(videos, frames, keep, random) for _ in range(DRAWS)]
    drawn = [judged(running_maximum(taken(seen, torch.from_numpy(row).to(seen.device)))) for row in rows]
    every = judged(seen.amax(1, keepdim=True))
    return torch.cat([judged(chosen), judged(torch.stack(uniform, 1)), torch.stack(drawn).mean(0), every], 1)
