"""Whole runs of tiny networks by the stages of AdaFocus."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from torch import nn

from tests.training.forms.nets import FORMS, network, staged
from tests.training.parts import Recorder
from training.config import (
    AnyStage,
    ClassifierStage,
    KeepStage,
    PolicyStage,
    RandomStage,
    SyntheticData,
    TrainConfig,
    WholeStage,
)
from training.loop import Loop
from training.taught import PlacesStage

_SHORT: dict[str, Any] = {"epochs": 1, "batch": 4, "rate": 0.01}
_STAGES: tuple[AnyStage, ...] = (
    WholeStage(kind="whole", network="glance", dropout=0.5, augment=True, schedule="drops", **_SHORT),
    WholeStage(kind="whole", network="focus", **_SHORT),
    RandomStage(kind="random", dropout=0.8, augment=True, schedule="cosine", **_SHORT),
    PolicyStage(kind="policy", optimizer="adam", **_SHORT),
    ClassifierStage(kind="classifier", dropout=0.8, **_SHORT),
)
STAGES: dict[str, tuple[AnyStage, ...]] = {
    "adafocus-plus": (
        *_STAGES,
        PolicyStage(kind="policy", optimizer="adam", reward="confidence", table=25, **_SHORT),
        KeepStage(kind="keep", optimizer="adam", **_SHORT),
    ),
    "adafocus": _STAGES,
    "adafocus-tsm": _STAGES,
}
RUNS: dict[str, tuple[AnyStage, ...]] = STAGES | {
    "adafocus large frames": (
        PlacesStage(kind="places", of="change", start="change", epochs=0, rate=0.01),
        ClassifierStage(kind="classifier", embedding="change", dropout=0.5, **_SHORT),
    )
}
"""The published stages, and those that set recurrent layers to sum up change."""


def train(system: str, folder: Path, kill: tuple[int, int] | None = None) -> nn.Module:
    config = TrainConfig(
        out=folder / "run",
        cache=folder / "cache",
        save_every=1,
        data=SyntheticData(kind="synthetic", train=8, validation=8),
        sizes=FORMS[system],
        stages=RUNS[system],
    )
    context = staged(folder, system, network(system, 1))
    torch.manual_seed(99)  # What a new process finds there must not matter.
    log = Recorder(folder / "log", kill)
    try:
        Loop(config, context, log).train()
    finally:
        log.close()
    return context.network


@cache
def whole(system: str) -> nn.Module:
    return train(system, Path(mkdtemp(prefix="whole")))
