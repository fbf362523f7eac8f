"""What a trained network answers, how often it is right, and the file it is kept in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.adafocus import AdaFocus
from models.adafocus_checkpoint import published_layout
from models.adafocus_plus import AdaFocusPlus
from models.adafocus_plus_checkpoint import adafocus_plus_layout
from models.adafocus_tsm import AdaFocusTsm
from models.adafocus_tsm_checkpoint import adafocus_tsm_layout
from models.adafocus_v2 import AdaFocusV2
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout
from models.dense import Tsm, Tsn
from models.dense_checkpoint import tsm_layout, x3d_layout
from models.ocsampler import OCSampler
from models.ocsampler_checkpoint import ocsampler_layout
from models.uni_adafocus import UniAdaFocus
from models.uni_adafocus_checkpoint import uni_adafocus_layout
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_tsm_checkpoint import uni_adafocus_tsm_layout
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.uni_adafocus_x3d_checkpoint import uni_adafocus_x3d_layout
from models.x3d import X3D
from training.features import Floats
from training.frame_lists import FrameLists
from training.networks import normalised
from training.pools import PoolSet, Watch


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a network is right on held-out videos.

    Attributes:
        videos: number of videos.
        answers: share that is right at each answer, of 1.
    """

    videos: int
    answers: tuple[float, ...]


def answers_of(network: nn.Module, pool: Tensor) -> Tensor:
    """The answers of a network.

    Args:
        network: of any system that can be trained.
        pool: normalised frames, one list after the other (B, frames, 3, side, side).

    Returns:
        Logits (B, answers, classes) in the order in which its bundle gives them.
    """
    logits: Tensor
    if isinstance(network, AdaFocusV2):
        logits = network(pool).logits
    elif isinstance(network, AdaFocus):
        logits = network(pool).answers
    elif isinstance(network, AdaFocusPlus):
        logits = network(pool).base.answers
    elif isinstance(network, AdaFocusTsm):
        glances = network.sizes.glance_frames
        logits = network(pool[:, :glances], pool[:, glances:]).pred[:, None]
    elif isinstance(network, UniAdaFocus):
        logits = network(pool).exit_logits
    elif isinstance(network, OCSampler):
        logits = network(pool).answers
    elif isinstance(network, AdaFocusV2Tsm):
        glances = network.sizes.glance_frames
        logits = network(pool[:, :glances], pool[:, glances:]).pred[:, None]
    elif isinstance(network, UniAdaFocusTsm | UniAdaFocusX3d):
        glances = network.sizes.policy.glance_frames
        logits = network(pool[:, :glances], pool[:, glances:]).exit_logits
    elif isinstance(network, X3D):
        logits = network(pool)[:, None]
    else:
        logits = network(pool).logits[:, None]
    return logits


@torch.no_grad()
def accuracy(
    network: nn.Module, data: PoolSet, lists: FrameLists, device: torch.device, watch: Watch = iter
) -> tuple[Accuracy, Floats]:
    """Score a network on held-out videos, one after the other.

    Args:
        network: in any mode; it is in evaluation mode afterwards.
        data: pools as the bundle samples them.
        lists: the frames of a pool.
        device: where the network is.
        watch: shows progress.

    Returns:
        The accuracy, and the logits of all answers (videos, answers, classes).
    """
    network.eval()
    logits = []
    for number in watch(range(len(data))):
        frames = lists.seen_of(normalised(data.pools[number], device))
        logits.append(answers_of(network, frames.unsqueeze(0))[0].float().cpu().numpy())
    stacked: Floats = np.stack(logits)
    right = stacked.argmax(2) == data.labels[:, None]
    return Accuracy(len(data), tuple(right.mean(0).tolist())), stacked


def layout_of(network: nn.Module) -> dict[str, Any]:
    """A network's weights as its published scripts save them: what to pass to ``torch.save``."""
    if isinstance(network, AdaFocusPlus):
        return adafocus_plus_layout(network)
    if isinstance(network, AdaFocus):
        return published_layout(network.state_dict())
    if isinstance(network, AdaFocusTsm):
        return adafocus_tsm_layout(network)
    if isinstance(network, AdaFocusV2):
        return adafocus_v2_layout(network)
    if isinstance(network, AdaFocusV2Tsm):
        return adafocus_v2_tsm_layout(network)
    if isinstance(network, UniAdaFocus):
        return uni_adafocus_layout(network)
    if isinstance(network, UniAdaFocusTsm):
        return uni_adafocus_tsm_layout(network)
    if isinstance(network, UniAdaFocusX3d):
        return uni_adafocus_x3d_layout(network)
    if isinstance(network, X3D):
        return x3d_layout(network)
    if isinstance(network, OCSampler):
        return ocsampler_layout(network)
    assert isinstance(network, Tsn | Tsm)
    return tsm_layout(network)
