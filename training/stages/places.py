"""The policy alone, taught a place: a start for learning from rewards, not a part of AdaFocus.

It stands in for what a policy of few clips cannot find out by trying.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foveate.errors import ConfigError
from models.policy import GruPolicy
from training.change_memory import look_where_it_changes
from training.changes import most_changed
from training.errors import DataError
from training.forms.choice import TablePlaces
from training.stages.base import Context, Numbers, Scalars, StageRun
from training.stages.looks import Looks
from training.taught import PlacesStage


class PlacesRun(StageRun):
    """Draws the policy's places to those it is told, far ones as strongly as near ones only in the beginning.

    The loss is 1 - exp(-d^2 / 2 w^2) of the distance d. A wide w pulls from everywhere, to the mean of what
    is likely; a narrow one lets the policy settle on one likely place rather than between two. Of a table of
    places it is the cross-entropy with shares exp(-d^2 / 2 w^2).

    Raises:
        ConfigError: the policy shall be set to look at change, and is not the recurrent one.
        DataError: where the figure is shall be taught, and the data do not know.
    """

    def __init__(self, context: Context, stage: PlacesStage) -> None:
        super().__init__(context)
        self.stage = stage
        self._choice = context.form.choice
        if stage.start == "change" and not isinstance(context.form.policy, GruPolicy):
            raise ConfigError("a 'start' of change wants the recurrent policy of AdaFocus")
        if stage.of == "figure" and context.data.middles is None:
            raise DataError("a stage 'places' needs data that know where the figure is")

    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The policy."""
        return ((self.context.form.policy, 1.0),)

    def begin(self) -> None:
        """Glance at all videos."""
        context = self.context
        self._looks = Looks(context.form, context.reader, context.cache, context.watch("glance"))
        # What is only set, and never taught, needs no place to be taught.
        taught = self.stage.of == "change" and self.stage.epochs > 0
        self._middles = self._changes() if taught else context.data.middles

    def start(self) -> None:
        """Set the policy to look where maps change most, if it shall."""
        policy, geometry = self.context.form.policy, self.context.form.geometry
        if self.stage.start == "change":
            assert isinstance(policy, GruPolicy)
            assert isinstance(self._choice, TablePlaces)
            variances = self._looks.variances()
            look_where_it_changes(policy, variances, self._choice.table, geometry.crop, geometry.patch)

    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The loss of every frame's place; ``found`` is the share of patches that hold what is looked for."""
        stage, form = self.stage, self.context.form
        scores = form.act(self._looks.view(numbers).maps)[0]
        goals, middles = self._goals(numbers)
        width = stage.width * (stage.last_width / stage.width) ** done
        if isinstance(self._choice, TablePlaces):
            loss = _table_loss(scores, self._choice.table.to(goals) / form.geometry.free, goals, width)
        else:
            squares = (self._choice.best(scores) - goals).square().sum(2)
            loss = 1 - (-squares / (2 * width**2)).exp().mean()
        corners = self._choice.corners(self._choice.best(scores.detach()))
        half = form.geometry.patch / 2
        inside = (corners + half - middles).abs() < half
        return loss, {"found": float(inside.all(2).float().mean())}

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


def _table_loss(scores: Tensor, table: Tensor, goals: Tensor, width: float) -> Tensor:
    """Cross-entropy of scores (B, S, n) of a table's places (n, 2): those near the goals are right too."""
    squares = (table - goals.unsqueeze(2)).square().sum(3)
    wanted = (-squares / (2 * width**2)).softmax(2)
    return -(wanted * scores.float().log_softmax(2)).sum(2).mean()
