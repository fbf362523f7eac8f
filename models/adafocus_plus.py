"""AdaFocus+ (Wang et al., ICCV 2021, section 3.4): AdaFocus, and a second policy that drops frames.

The paper alone describes it; no code or checkpoint of it was published.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from models.adafocus import AdaFocus, AdaFocusOutput
from models.policy import GruPolicy, PolicySizes


@dataclass(frozen=True, slots=True)
class AdaFocusPlusOutput:
    """Every array on the way to a prediction.

    Attributes:
        base: what AdaFocus gives; ``local``, ``answers``, ``logits`` and ``pred`` are those after dropping.
        keep: probability of keeping each frame (B, T).
        kept: whether each frame was kept (B, T).
    """

    base: AdaFocusOutput
    keep: Tensor
    kept: Tensor


class KeepPolicy(nn.Module):
    """A policy of the same shape as the one that finds places, with one score a frame and its sigmoid.

    Args:
        places: sizes of that policy.
    """

    def __init__(self, places: PolicySizes) -> None:
        super().__init__()
        self.net = GruPolicy(replace(places, candidates=1))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Glance maps (B, T, channels, side, side) to keep probabilities (B, T) and states (B, T, hidden)."""
        scores, states = self.net(maps)
        return torch.sigmoid(scores.squeeze(2)), states

    def step(self, glance_map: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: its map and the state to the keep probability (B, 1) and the next state."""
        scores, state = self.net.step(glance_map, state)
        return torch.sigmoid(scores), state


class AdaFocusPlus(nn.Module):
    """An AdaFocus and its keep policy.

    Args:
        base: the network that frames are dropped from.
        threshold: a frame whose keep probability is below it is dropped.
    """

    def __init__(self, base: AdaFocus, threshold: float) -> None:
        super().__init__()
        self.base = base
        self.keep = KeepPolicy(base.sizes.policy)
        self.threshold = threshold

    def forward(self, frames: Tensor) -> AdaFocusPlusOutput:
        """Normalised frames (B, T, 3, crop, crop), in order of time, to everything.

        All patches go through the focus network here, the dropped ones too: their features become zeros.
        """
        out = self.base(frames)
        keep, _ = self.keep(out.gmap)
        kept = keep >= self.threshold
        local = torch.where(kept.unsqueeze(2), out.local, torch.zeros_like(out.local))
        answers = self.base.classifier(torch.cat([out.gvec, local], 2))
        last = answers[:, -1]
        recurrent = self.base.sizes.classifier_hidden is not None
        base = replace(
            out,
            local=local,
            answers=answers,
            logits=answers.flatten(0, 1) if recurrent else last,
            pred=last if recurrent else last.exp(),
        )
        return AdaFocusPlusOutput(base, keep, kept)
