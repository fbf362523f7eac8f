"""AdaFocus+: a second policy alone, which learns from rewards what frames to drop (AdaFocus, equation 10)."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from foveate.errors import ConfigError
from models.adafocus_plus import AdaFocusPlus
from training.config import KeepStage
from training.forms.choice import Keep
from training.stages.base import Context, Scalars
from training.stages.classifier import patch_features
from training.stages.looks import View
from training.stages.rewarded import RewardedRun


class KeepRun(RewardedRun):
    """Everything else is frozen, the first policy too, so each video is looked at once.

    Keeping a frame is worth what its patch adds to the confidence in the true class, over zeros in its place,
    less a price that grows with the patch's area; dropping it is worth nothing.
    """

    def __init__(self, context: Context, stage: KeepStage) -> None:
        super().__init__(context, stage, Keep())
        if not isinstance(context.network, AdaFocusPlus):
            raise ConfigError("the stage 'keep' is for the system 'adafocus-plus' alone")
        self.keep = context.network.keep
        self.price = stage.penalty * (context.form.geometry.patch / context.form.geometry.crop) ** 2

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The policy that drops frames, and its critic."""
        return (self.keep, 1.0), (self.critic, 1.0)

    def begin(self) -> None:
        """Look at all videos."""
        super().begin()
        if not self.stage.augment:
            self._local = patch_features(self._looks, self.context)

    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """A score a frame."""
        scores: tuple[Tensor, Tensor] = self.keep.net(maps)
        return scores

    def live(self, view: View, actions: Tensor, random: np.random.Generator) -> tuple[Tensor, Scalars]:
        """What keeping gave; ``kept`` is the share of the frames."""
        form = self.context.form
        local = self._looked(view)
        kept = actions.unsqueeze(2).bool()
        nothing = torch.zeros_like(local)
        own = torch.where(kept, local, nothing)
        # The answer had this frame alone been decided otherwise.
        answers, changed = form.answers_with(view.vectors, own, torch.where(kept, nothing, local))
        first, second = (self.confidence(part, view.numbers) for part in (answers, changed))
        worth = torch.where(actions.bool(), first - second - self.price, torch.zeros_like(first))
        return worth, {"confidence": float(first[:, -1].mean()), "kept": float(actions.float().mean())}

    def _looked(self, view: View) -> Tensor:
        """The features of the first policy's patches (B, F, c)."""
        if not self.stage.augment:
            return torch.from_numpy(self._local[view.numbers]).to(self.context.device)
        form = self.context.form
        return view.chosen(form.choice.best(form.act(view.maps)[0]))
