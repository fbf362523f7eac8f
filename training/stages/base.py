"""What every stage is to the loop that runs it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.forms.base import Form
from training.frame_lists import FrameLists
from training.pools import PoolSet, Watch
from training.reader import Reader

Numbers = NDArray[np.int64]
Scalars = dict[str, float]


@dataclass(frozen=True, slots=True)
class Task:
    """What stages work on.

    Attributes:
        network: is trained in place.
        data: the videos to train on.
        device: where the network is.
        cache: folder for features.
        watch: shows how far something long is.
        lists: the frames that the network sees; None where they are those of a pool.
    """

    network: nn.Module
    data: PoolSet
    device: torch.device
    cache: Path
    watch: Callable[[str], Watch]
    lists: FrameLists | None = None

    def answers(self, numbers: Numbers) -> Tensor:
        """Labels of some videos, int64 (B)."""
        return torch.from_numpy(self.data.labels[numbers]).to(self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Task):
    """What the stages of AdaFocus work on.

    Attributes:
        form: how they see the network.
    """

    form: Form

    @property
    def reader(self) -> Reader:
        """Of the videos to train on."""
        return Reader(self.data, self.lists, self.device)


class Run(ABC):
    """A stage that is being run.

    Attributes:
        extras: layers of its own, which are dropped after it.
    """

    def __init__(self) -> None:
        self.extras: nn.Module = nn.Module()

    @abstractmethod
    def trained(self) -> Iterable[tuple[nn.Module, float]]:
        """The modules it trains, and the learning rate of each, of the stage's; the rest is frozen."""

    def begin(self) -> None:
        """Prepare what needs the network as the stages before left it, such as features."""
        return

    def start(self) -> None:
        """Set what the stage starts from; called after ``begin``, and not when a stage goes on."""
        return

    @abstractmethod
    def loss(self, numbers: Numbers, random: np.random.Generator, done: float) -> tuple[Tensor, Scalars]:
        """The loss on a batch.

        Args:
            numbers: of its videos.
            random: what to draw from.
            done: share of the stage that is behind, 0 to 1.

        Returns:
            The loss, and what to log.
        """

    def finish(self) -> None:
        """Put what the stage has trained into the network's own form; called after the last step."""
        return

    def again(self) -> Iterator[Tensor]:
        """Further losses on the batch just seen, each asked for after the step before; mostly none."""
        return iter(())


class StageRun(Run):
    """One of AdaFocus's stages.

    Attributes:
        context: what it works on.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context


def correct(logits: Tensor, answers: Tensor) -> float:
    """Share of the logits (n, classes) whose best class is the answer (n)."""
    return float((logits.argmax(-1) == answers).float().mean())
