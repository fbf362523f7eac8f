"""Small runs for the tests: networks of a few channels on videos of noise with a mark in it."""

from pathlib import Path

import numpy as np
import torch

from models.adafocus_v2 import AdaFocusV2
from training.config import (
    AnyStage,
    ClassifierStage,
    PolicyStage,
    RandomStage,
    SyntheticData,
    TrainConfig,
)
from training.end_to_end.config import EndToEndStage
from training.forms.registry import form_of
from training.logs import Log
from training.networks import build_network
from training.pools import PoolSet
from training.reader import Reader
from training.sizes import Sizes
from training.stages.base import Context
from training.stages.looks import Looks
from training.taught import FocusStage, GlanceStage, PlacesStage

SIZES = Sizes(
    frames=3,
    crop=64,
    patch=32,
    glance_base=2,
    glance_side=32,
    focus_base=2,
    squeezed=4,
    hidden=8,
    classifier_width=16,
)
CPU = torch.device("cpu")
STAGES: tuple[AnyStage, ...] = (
    GlanceStage(kind="glance", epochs=1, batch=4, rate=0.01, place=1.0),
    FocusStage(kind="focus", epochs=1, batch=4, rate=0.01, optimizer="adam", around=0.5),
    RandomStage(kind="random", epochs=1, batch=4, rate=0.05),
    PlacesStage(kind="places", epochs=1, batch=4, rate=0.01),
    PlacesStage(kind="places", epochs=1, batch=4, rate=0.01, of="change"),
    PolicyStage(
        kind="policy", epochs=1, batch=4, rate=0.003, optimizer="adam", last_spread=0.1, clip=1.0, passes=2
    ),
    ClassifierStage(kind="classifier", epochs=1, batch=4, rate=0.01, dropout=0.3),
    EndToEndStage(kind="end_to_end", epochs=1, batch=4, rate=0.01),
)


def noise(videos: int = 12, classes: int = 2, seed: int = 0) -> PoolSet:
    """Noise, with a square somewhere whose brightness tells the class."""
    random = np.random.default_rng(seed)
    pools = random.integers(60, 190, (videos, SIZES.frames, SIZES.crop, SIZES.crop, 3), np.uint8)
    middles = random.uniform(12, SIZES.crop - 12, (videos, SIZES.frames, 2)).astype(np.float32)
    labels = np.arange(videos) % classes
    for video in range(videos):
        for frame in range(SIZES.frames):
            y, x = (int(value) for value in middles[video, frame])
            pools[video, frame, y - 8 : y + 8, x - 8 : x + 8] = 255 * labels[video]
    return PoolSet(pools, labels.astype(np.int64), middles, tuple(f"class {c}" for c in range(classes)))


def config(folder: Path, *stages: AnyStage, seed: int = 3, save_every: int = 2) -> TrainConfig:
    """A run of some stages, all of them where none is given."""
    return TrainConfig(
        out=folder / "run",
        cache=folder / "cache",
        seed=seed,
        save_every=save_every,
        data=SyntheticData(kind="synthetic", train=12, validation=12),
        sizes=SIZES,
        stages=stages or STAGES,
    )


def network(seed: int = 0, classes: int = 2) -> AdaFocusV2:
    """A network of the small sizes."""
    torch.manual_seed(seed)
    return build_network(SIZES, classes, auxiliary=True)


def context(folder: Path, net: AdaFocusV2 | None = None, data: PoolSet | None = None) -> Context:
    """What a stage works on."""
    net = net or network()
    form = form_of(net, SIZES.frames)
    assert form is not None
    return Context(net, data or noise(), CPU, folder / "cache", lambda what: iter, form=form)


def looks(net: AdaFocusV2, data: PoolSet, folder: Path) -> Looks:
    """Looks at some videos."""
    form = form_of(net, SIZES.frames)
    assert form is not None
    return Looks(form, Reader(data, None, CPU), folder, iter)


class Recorder(Log):
    """A log that keeps the scalars, and can end a run at a step as a kill would.

    Args:
        folder: of the log.
        kill: stage and step at which the run ends, before the step is saved.
    """

    def __init__(self, folder: Path, kill: tuple[int, int] | None = None) -> None:
        super().__init__(folder, quiet=True)
        self.seen: list[tuple[int, int, dict[str, float]]] = []
        self._kill = kill

    def scalars(self, number: int, kind: str, step: int, values: "dict[str, float]") -> None:  # type: ignore[override]
        super().scalars(number, kind, step, values)
        self.seen.append((number, step, dict(values)))
        if self._kill == (number, step):
            raise KeyboardInterrupt
