"""What the stages of AdaFocus need to know of a network."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from models.adafocus_v2 import by_video
from training.forms.choice import Places

Backbone = Literal["glance", "focus"]


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a network looks at.

    Attributes:
        glances: pool frames that the glance network sees, in the order in which they enter.
        focuses: pool frames that patches are cut from, in the order in which they enter.
        decisions: places that are chosen for a video S; each serves as many patches, one after the other.
        crop: side of a frame in pixels.
        patch: side of a patch in pixels.
        glance_side: side of what the glance network sees of a frame, in pixels.
    """

    glances: tuple[int, ...]
    focuses: tuple[int, ...]
    decisions: int
    crop: int
    patch: int
    glance_side: int

    @property
    def free(self) -> int:
        """How far a corner can go, in pixels."""
        return self.crop - self.patch

    @property
    def each(self) -> int:
        """Patches that one place serves."""
        return len(self.focuses) // self.decisions


class Form(ABC):
    """A network of three parts and a policy, as the stages see it. B videos, S decisions.

    Attributes:
        geometry: what it looks at.
        choice: what its policy chooses.
        hidden: length of the policy's state.
        classes: number of classes.
    """

    geometry: Geometry
    choice: Places
    hidden: int
    classes: int

    @property
    @abstractmethod
    def glance(self) -> nn.Module:
        """The backbone that gives maps."""

    @property
    @abstractmethod
    def policy(self) -> nn.Module:
        """The policy."""

    @property
    @abstractmethod
    def focus(self) -> nn.Module:
        """The backbone that looks at patches (n, 3, P, P) and gives features (n, c)."""

    @property
    @abstractmethod
    def classifier(self) -> nn.Module:
        """What is trained on the features of frozen backbones."""

    @abstractmethod
    def maps(self, frames: Tensor) -> Tensor:
        """Normalised glance frames (B, T, 3, crop, crop) to maps (B, T, c, side, side)."""

    @abstractmethod
    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Maps to the policy's scores (B, S, n) and the states they come from (B, S, hidden)."""

    @abstractmethod
    def answers(self, vectors: Tensor, local: Tensor, dropout: float = 0.0) -> Tensor:
        """What the network answers after each decision.

        Args:
            vectors: means of the glance maps (B, T, c).
            local: features of the patches (B, F, c).
            dropout: of what the last layers see.

        Returns:
            Logits, or logarithms of probabilities (B, S, classes).
        """

    @abstractmethod
    def answers_with(self, vectors: Tensor, local: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """The answers, and those had the patches of each decision alone been others; both (B, S, classes)."""

    def local(self, patches: Tensor) -> Tensor:
        """Patches (B, F, 3, P, P) to features (B, F, c)."""
        return by_video(self.focus(patches.flatten(0, 1)), patches.shape[1])

    @abstractmethod
    def channels_of(self, part: Backbone) -> int:
        """Length of the features of a backbone."""

    def head_of(self, part: Backbone) -> nn.Module | None:
        """The network's own layer from the features of a backbone to classes; None where it has none."""
        return None
