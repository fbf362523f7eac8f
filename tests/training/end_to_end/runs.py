"""Whole runs of tiny networks."""

from pathlib import Path

import torch
from torch import nn

from tests.training.end_to_end.tiny import TINY, task
from tests.training.parts import Recorder
from training.config import SyntheticData, TrainConfig
from training.end_to_end.config import EndToEndStage
from training.loop import Loop
from training.sizes import AnySizes


def run(
    folder: Path,
    system: str | AnySizes,
    stage: EndToEndStage,
    kill: tuple[int, int] | None = None,
    net: nn.Module | None = None,
) -> tuple[nn.Module, Recorder]:
    """Train on eight videos; what the network is before does not depend on torch's generator."""
    sizes = TINY[system] if isinstance(system, str) else system
    config = TrainConfig(
        out=folder / "run",
        cache=folder / "cache",
        seed=3,
        save_every=2,
        data=SyntheticData(kind="synthetic", train=8, validation=8),
        sizes=sizes,
        stages=(stage,),
    )
    place = task(folder, sizes, net)
    torch.manual_seed(99)
    log = Recorder(config.out / "log", kill)
    try:
        Loop(config, place, log).train()
    finally:
        log.close()
    return place.network, log
