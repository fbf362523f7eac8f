"""What ``foveate train`` does once its arguments are read."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from training.baselines import glance_alone
from training.config import SyntheticData, TrainConfig, read_config
from training.evaluate import evaluate
from training.logs import Log
from training.loop import Loop
from training.networks import MEAN, STD, build_network
from training.pools import PoolSet
from training.stages.base import Context
from training.stages.looks import Looks
from training.synthetic.source import synthetic_pools
from training.videos import read_list, video_pools

CHECKPOINT, LABELS, RESULTS = "checkpoint.pth.tar", "labels.txt", "results.json"


def run(args: argparse.Namespace) -> int:
    """Train as a configuration says, from where the last run was stopped.

    Raises:
        FoveateError: for what the caller can mend.
    """
    train(read_config(Path(args.config)), quiet=args.quiet)
    return 0


def train(config: TrainConfig, quiet: bool = False) -> Path:
    """Train, score on the held-out videos and write a checkpoint in the published layout.

    Args:
        config: of the run.
        quiet: show no progress bars.

    Returns:
        The folder with the checkpoint, its labels and the results.

    Raises:
        ConfigError: there is no such device.
        DataError: the data cannot be trained on.
        TrainingError: the run cannot go on.
    """
    device = _device(config)
    torch.set_num_threads(config.threads)
    log = Log(config.out / "log", quiet)
    try:
        data = load(config, log, "train")
        torch.manual_seed(config.seed)
        network = build_network(config.sizes, len(data.names)).to(device)
        Loop(config, Context(network, data, device, config.cache, log.watch), log).train()
        results = json.dumps(_score(config, log, network, data, device), indent=1)
    finally:
        log.close()
    write_outcome(config.out, network, data.names, results)
    print(results)
    return config.out


def _score(
    config: TrainConfig, log: Log, network: AdaFocusV2, data: PoolSet, device: torch.device
) -> dict[str, dict[str, object]]:
    """Scores on what was held out; the logits of each split are written beside the checkpoint."""

    def looks(part: PoolSet) -> Looks:
        return Looks(network, part, device, config.cache, log.watch("glance"))

    scores = {}
    seen = looks(data)
    for split in held_out(config):
        unseen = looks(load(config, log, split))
        found, logits = evaluate(unseen, log.watch(f"score {split}"), config.seed)
        np.savez(config.out / f"{split}.npz", logits=logits, labels=unseen.data.labels)
        scores[split] = {**asdict(found), "glance_alone": glance_alone(seen, unseen, config.seed)}
    return scores


def held_out(config: TrainConfig) -> tuple[str, ...]:
    """The splits to score on: ``validation``, and ``test`` where there is one."""
    data = config.data
    if isinstance(data, SyntheticData):
        tested = data.test > 0
    else:
        tested = data.fold is None and any(entry.split == "test" for entry in read_list(data))
    return ("validation", "test") if tested else ("validation",)


def load(config: TrainConfig, log: Log, split: str) -> PoolSet:
    """The pools of a split."""
    watch = log.watch(f"{split} videos")
    data, sizes = config.data, config.sizes
    if isinstance(data, SyntheticData):
        count = {"train": data.train, "validation": data.validation, "test": data.test}[split]
        return synthetic_pools(config.cache, data.seed, split, count, sizes.frames, watch=watch)
    sampling = Sampling(rule=SamplingRule.CENTRES_REPEAT_LAST, counts=(sizes.frames,))
    preprocessing = Preprocessing(
        resize=Resize.PILLOW_BILINEAR,
        short_side=sizes.crop * 8 // 7,
        crop=sizes.crop,
        crop_rounding=CropRounding.HALF_EVEN,
        mean=MEAN,
        std=STD,
    )
    return video_pools(config.cache, data, sampling, preprocessing, split, _tell, watch)


def write_outcome(folder: Path, network: AdaFocusV2, names: tuple[str, ...], results: str) -> None:
    """Write the checkpoint, the names of its classes and the results, each whole or not at all."""
    fresh = folder / f"{CHECKPOINT}.new"
    torch.save(adafocus_v2_layout(network.cpu()), fresh)
    os.replace(fresh, folder / CHECKPOINT)
    (folder / LABELS).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    (folder / RESULTS).write_text(f"{results}\n", encoding="utf-8")


def _device(config: TrainConfig) -> torch.device:
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("the device 'cuda' is wanted, and there is none")
    return torch.device(config.device)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
