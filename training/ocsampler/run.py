"""What the stages of OCSampler share."""

import numpy as np
import torch
from torch import Tensor

from foveate.errors import ConfigError
from models.adafocus_v2 import by_video
from models.ocsampler import OCSampler
from training.features import Floats, cached_features, data_digest, weights_digest
from training.ocsampler.clips import Clips
from training.ocsampler.config import SamplerStage
from training.stages.base import Run, Task

_TOGETHER = 64
"""Frames that go through the frozen focus network at once."""


class SamplerRun(Run):
    """A stage of OCSampler.

    Args:
        task: what it works on.
        stage: of the configuration.

    Raises:
        ConfigError: the network is of another system.
    """

    def __init__(self, task: Task, stage: SamplerStage) -> None:
        super().__init__()
        if not isinstance(task.network, OCSampler) or task.lists is None:
            raise ConfigError(f"a stage of ocsampler trains no {type(task.network).__name__}")
        self.task = task
        self.network = task.network
        self.clips = Clips(task.data, task.lists, task.device, stage)


@torch.no_grad()
def embedded(network: OCSampler, frames: Tensor) -> Tensor:
    """What the frozen classifier makes of each frame: (B, S, 3, crop, crop) to (B, S, width), float32."""
    parts = torch.split(frames.flatten(0, 1), _TOGETHER)
    features = by_video(torch.cat([network.focus(part) for part in parts]), frames.shape[1])
    return network.classifier.embed(features).float()


def cached_embeddings(network: OCSampler, clips: Clips, task: Task) -> Floats:
    """The same of every candidate frame of every video (N, T, width), computed once and kept.

    Args:
        network: in evaluation mode.
        clips: of which nothing is drawn.
        task: says where and how.
    """
    weights = weights_digest(network.focus, network.classifier.layers)
    seen = f"{clips.lists.frames}x{clips.lists.crop}"
    name = f"frames-{data_digest(clips.data)}-{weights}-{seen}-{task.device.type}"

    def compute(number: int) -> Tensor:
        return embedded(network, clips.frames(np.array([number])))[0]

    return cached_features(task.cache, name, len(clips.data), compute, task.watch("frames"))


def taken(seen: Tensor, frames: Tensor) -> Tensor:
    """What was seen (B, T, width) in some frames (B, K): (B, K, width)."""
    return seen.gather(1, frames[:, :, None].expand(-1, -1, seen.shape[2]))
