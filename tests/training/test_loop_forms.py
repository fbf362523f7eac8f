"""The stages of the original AdaFocus: killed in the middle of each, a run ends in the same weights."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import torch
from torch import Tensor

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
    "adafocus-tsm": _STAGES,
}
KILLS = [
    (system, number)
    for system, stages in STAGES.items()
    for number in range(len(stages))
    if system == "adafocus-plus" or number in (0, 3)
]


def train(system: str, folder: Path, kill: tuple[int, int] | None = None) -> dict[str, Tensor]:
    config = TrainConfig(
        out=folder / "run",
        cache=folder / "cache",
        save_every=1,
        data=SyntheticData(kind="synthetic", train=8, validation=8),
        sizes=FORMS[system],
        stages=STAGES[system],
    )
    context = staged(folder, system, network(system, 1))
    torch.manual_seed(99)  # What a new process finds there must not matter.
    log = Recorder(folder / "log", kill)
    try:
        Loop(config, context, log).train()
    finally:
        log.close()
    return context.network.state_dict()


@cache
def whole(system: str) -> dict[str, Tensor]:
    return train(system, Path(mkdtemp(prefix="whole")))


@pytest.mark.parametrize(("system", "stage"), KILLS, ids=[f"{system}-{number}" for system, number in KILLS])
def test_a_run_that_was_killed_ends_in_the_same_weights(system: str, stage: int, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(system, tmp_path, (stage, 1))
    found = train(system, tmp_path)
    for name, value in whole(system).items():
        assert torch.equal(found[name], value), name


@pytest.mark.parametrize("system", STAGES)
def test_every_part_has_learned_in_the_end(system: str) -> None:
    before = network(system, 1).state_dict()
    moved = [name for name, value in whole(system).items() if not torch.equal(value, before[name])]
    for part in ("glance", "policy", "focus", "classifier" if system == "adafocus-plus" else "focus.fc"):
        assert any(name.removeprefix("base.").startswith(part) for name in moved), part
    assert any(name.startswith("keep") for name in moved) == (system == "adafocus-plus")
