"""A tiny OCSampler, videos whose informative frames are known, and whole runs of its stages."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.ocsampler import OCSampler
from tests.training.end_to_end.tiny import CLASSES, CPU, NARROW
from tests.training.parts import Recorder
from training.build import build
from training.config import AnyStage, SyntheticData, TrainConfig
from training.frame_lists import frame_lists
from training.loop import Loop
from training.ocsampler.config import ChoiceStage, SkimStage, SubsetsStage
from training.pools import PoolSet
from training.sizes import SamplerSizes
from training.stages.base import Task

SIZES = SamplerSizes(
    system="ocsampler",
    frames=5,
    keep=2,
    crop=32,
    skim_side=32,
    divisor=8,
    skim=NARROW,
    focus_base=4,
    embedding=16,
)
LISTS = frame_lists(SIZES)


def subsets(**said: object) -> SubsetsStage:
    given = {"epochs": 1, "batch": 4, "rate": 0.01, "augment": False, "dropout": 0.2} | said
    return SubsetsStage.model_validate({"kind": "subsets", **given})


def skim(**said: object) -> SkimStage:
    given = {"epochs": 1, "batch": 4, "rate": 0.01, "augment": False, "dropout": 0.2} | said
    return SkimStage.model_validate({"kind": "skim", **given})


def choice(**said: object) -> ChoiceStage:
    given = {"epochs": 1, "batch": 4, "rate": 0.01, "augment": False} | said
    return ChoiceStage.model_validate({"kind": "choice", **given})


def network(seed: int = 0, sizes: SamplerSizes = SIZES) -> OCSampler:
    torch.manual_seed(seed)
    net = build(sizes, CLASSES)
    assert isinstance(net, OCSampler)
    return net


def marked(videos: int = 8, choices: int = 1, extra: int = 0, seed: int = 0) -> PoolSet:
    """Grey noise; two frames of each video, at random places, are red or blue by the class."""
    random = np.random.default_rng(seed)
    side, frames = SIZES.crop + extra, SIZES.frames
    pools = random.integers(60, 120, (videos, frames, choices, side, side, 3), np.uint8)
    labels = np.arange(videos) % CLASSES
    for video in range(videos):
        for frame in random.permutation(frames)[:2]:
            pools[video, frame, ..., 2 * labels[video]] = 255
    flat = pools.reshape(videos, frames * choices, side, side, 3)
    return PoolSet(flat, labels.astype(np.int64), None, ("red", "blue"))


def task(folder: Path, net: nn.Module | None = None, data: PoolSet | None = None) -> Task:
    return Task(net or network(), data or marked(), CPU, folder / "cache", lambda what: iter, LISTS)


def run(
    folder: Path,
    *stages: AnyStage,
    kill: tuple[int, int] | None = None,
    net: OCSampler | None = None,
    data: PoolSet | None = None,
    sizes: SamplerSizes = SIZES,
) -> tuple[OCSampler, Recorder]:
    """Train; what the network is before does not depend on torch's generator."""
    config = TrainConfig(
        out=folder / "run",
        cache=folder / "cache",
        seed=3,
        save_every=2,
        data=SyntheticData(kind="synthetic", train=8, validation=8),
        sizes=sizes,
        stages=stages,
    )
    net = net or network(sizes=sizes)
    place = Task(net, data or marked(), CPU, config.cache, lambda what: iter, frame_lists(sizes))
    torch.manual_seed(99)
    log = Recorder(config.out / "log", kill)
    try:
        Loop(config, place, log).train()
    finally:
        log.close()
    return net, log
