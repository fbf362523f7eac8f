"""What ``foveate train`` does once its arguments are read."""

import argparse
import json
import os
import sys
from pathlib import Path

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
from training.videos import video_pools

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
        data, held_out = (load(config, log, held) for held in (False, True))
        torch.manual_seed(config.seed)
        network = build_network(config.sizes, len(data.names)).to(device)
        Loop(config, Context(network, data, device, config.cache, log.watch), log).train()
        watch = log.watch("score")
        seen, unseen = (
            Looks(network, part, device, config.cache, log.watch("glance")) for part in (data, held_out)
        )
        scores = evaluate(unseen, watch, config.seed).as_dict()
        scores["glance_alone"] = glance_alone(seen, unseen, config.seed)
    finally:
        log.close()
    results = json.dumps(scores, indent=1)
    write_outcome(config.out, network, data.names, results)
    print(results)
    return config.out


def load(config: TrainConfig, log: Log, held_out: bool) -> PoolSet:
    """The pools to train on, or those held out."""
    watch = log.watch("held-out videos" if held_out else "videos")
    data, sizes = config.data, config.sizes
    if isinstance(data, SyntheticData):
        split, count = ("validation", data.validation) if held_out else ("train", data.train)
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
    return video_pools(config.cache, data, sampling, preprocessing, held_out, _tell, watch)


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
