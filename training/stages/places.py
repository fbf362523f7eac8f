"""The policy alone, taught a place: a start for learning from rewards, not a part of AdaFocus.

It stands in for what a policy of few clips cannot find out by trying.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foveate.errors import ConfigError
from training.changes import most_changed
from training.errors import DataError
from training.forms.choice import ContinuousPlaces
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks
from training.taught import PlacesStage


class PlacesRun(StageRun):
    """Draws the policy's places to those it is told, far ones as strongly as near ones only in the beginning.

    The loss is 1 - exp(-d^2 / 2 w^2) of the distance d. A wide w pulls from everywhere, to the mean of what
    is likely; a narrow one lets the policy settle on one likely place rather than between two.
    """

    def __init__(self, context: Context, stage: PlacesStage) -> None:
        super().__init__(context)
        self.stage = stage
        if not isinstance(context.form.choice, ContinuousPlaces):
            raise ConfigError("the stage 'places' teaches a policy whose places lie between the pixels alone")
        if stage.of == "figure" and context.data.middles is None:
            raise DataError("a stage 'places' needs data that know where the figure is")

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The policy."""
        return ((self.context.form.policy, 1.0),)

    def begin(self) -> None:
        """Glance at all videos."""
        context = self.context
        self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))
        self._middles = context.data.middles if self.stage.of == "figure" else self._changes()

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The loss of every frame's place; ``found`` is the share of patches that hold what is looked for."""
        stage, form = self.stage, self.context.form
        places = form.choice.best(form.act(self._looks.view(numbers).maps)[0])
        goals, middles = self._goals(numbers)
        width = stage.width * (stage.last_width / stage.width) ** done
        squares = (places - goals).square().sum(2)
        half = form.geometry.patch / 2
        inside = (places.detach() * form.geometry.free + half - middles).abs() < half
        return 1 - (-squares / (2 * width**2)).exp().mean(), {"found": float(inside.all(2).float().mean())}

    def _changes(self) -> NDArray[np.float32]:
        """The middle of the patch in which most changes, the same in every frame (N, T, 2)."""
        reader, geometry = self.context.reader, self.context.form.geometry
        # In order of time, and without the glance frames of systems that have a list of their own for them.
        frames = sorted(geometry.focuses)
        found = [
            most_changed(reader.pages(number)[frames], geometry.patch) for number in range(len(reader.data))
        ]
        return np.repeat(np.array(found, np.float32)[:, None], reader.seen.frames, 1)

    def _goals(self, numbers: Numbers) -> tuple[Tensor, Tensor]:
        """The best places (B, T, 2), of the free way, and the middles of what is looked for in pixels."""
        geometry = self.context.form.geometry
        assert self._middles is not None
        middles = torch.from_numpy(self._middles[numbers][:, list(geometry.focuses)]).to(self.context.device)
        goals = (middles - geometry.patch / 2) / geometry.free
        return goals.clamp(0, 1), middles
