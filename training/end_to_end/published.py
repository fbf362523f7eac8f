"""The numbers of the published recipes that belong to a system rather than to a data set."""

from dataclasses import dataclass

from torch import nn

from models.adafocus_v2 import AdaFocusV2
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.dense import Tsm, Tsn
from models.uni_adafocus import UniAdaFocus
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.x3d import X3D
from training.end_to_end.config import EndToEndStage
from training.part import Stage


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training method is told; the attributes are those of ``EndToEndStage``.

    Where a system has no such part, the number is not read.
    """

    glance: float = 0.5
    policy: float = 0.2
    focus: float = 1.0
    classifier: float = 1.0
    dropout: float = 0.5
    head_dropout: float = 0.5
    clip: float = 0.0
    size_weight: float = 0.0
    removals: int = 128


_PUBLISHED: dict[type[nn.Module], Settings] = {
    AdaFocusV2: Settings(policy=0.1, classifier=5.0, dropout=0.2),
    AdaFocusV2Tsm: Settings(policy=0.01, clip=20.0),
    UniAdaFocus: Settings(classifier=20.0, dropout=0.2, size_weight=1.0),
    UniAdaFocusTsm: Settings(clip=20.0, size_weight=0.5),
    UniAdaFocusX3d: Settings(policy=0.4, clip=20.0, size_weight=0.5),
    Tsn: Settings(clip=20.0),
    Tsm: Settings(clip=20.0),
    X3D: Settings(),
}


def settings_of(stage: EndToEndStage, network: nn.Module) -> Settings:
    """What the stage says, and what is published for the network where it says nothing."""
    usual = _PUBLISHED[type(network)]
    dropout = _first(stage.dropout, usual.dropout)
    return Settings(
        glance=_first(stage.glance_factor, usual.glance),
        policy=_first(stage.policy_factor, usual.policy),
        focus=_first(stage.focus_factor, usual.focus),
        classifier=_first(stage.classifier_factor, usual.classifier),
        dropout=dropout,
        head_dropout=_first(stage.head_dropout, dropout),
        clip=_first(stage.clip, usual.clip),
        size_weight=_first(stage.size_weight, usual.size_weight),
        removals=stage.removals,
    )


def clip_of(stage: Stage, network: nn.Module) -> float | None:
    """The largest norm of a gradient; None for any."""
    if isinstance(stage, EndToEndStage):
        return settings_of(stage, network).clip or None
    return stage.clip


def _first(said: float | None, usual: float) -> float:
    return usual if said is None else said
