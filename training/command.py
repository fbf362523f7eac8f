"""What ``foveate train`` does once its arguments are read."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from foveate.errors import ConfigError
from foveate.files import replacing
from models.adafocus_plus import AdaFocusPlus
from models.ocsampler import OCSampler
from training.baselines import glance_alone
from training.build import build
from training.config import SyntheticData, TrainConfig, read_config
from training.end_to_end.config import EndToEndStage
from training.evaluate import evaluate
from training.features import Floats
from training.files import make_folder
from training.forms.registry import form_of
from training.frame_lists import frame_lists
from training.kept import kept_shares
from training.logs import Log
from training.loop import Loop
from training.ocsampler.evaluate import frame_scores
from training.outcome import accuracy, layout_of
from training.pools import PoolSet
from training.reader import Reader
from training.stages.base import Context, Task
from training.stages.looks import Looks
from training.start import start_from
from training.synthetic.clip import SceneSettings
from training.synthetic.source import synthetic_pools
from training.videos import read_list, video_pools

Judge = Callable[[PoolSet, str], tuple[dict[str, object], Floats]]
"""Scores a held-out split of this name; gives the logits too (videos, answers, classes)."""
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
        ConfigError: there is no such device, or a folder of the run cannot be made.
        DataError: the data cannot be trained on.
        TrainingError: the run cannot go on.
    """
    device = _device(config)
    torch.set_num_threads(config.threads)
    for folder in (config.out / "log", config.cache):
        make_folder(folder)
    log = Log(config.out / "log", quiet)
    try:
        data = load(config, log, "train")
        torch.manual_seed(config.seed)
        heads = any(isinstance(stage, EndToEndStage) for stage in config.stages)
        network = build(config.sizes, len(data.names), heads).to(device)
        start_from(network, config.start)
        task = _task(config, network, data, device, log)
        Loop(config, task, log).train()
        results = json.dumps(_score(config, log, task), indent=1)
    finally:
        log.close()
    write_outcome(config.out, network, data.names, results)
    print(results)
    return config.out


def _task(config: TrainConfig, network: nn.Module, data: PoolSet, device: torch.device, log: Log) -> Task:
    lists = frame_lists(config.sizes)
    form = form_of(network, lists.counts[0])
    if form is None:
        return Task(network, data, device, config.cache, log.watch, lists)
    return Context(network, data, device, config.cache, log.watch, lists, form=form)


def _score(config: TrainConfig, log: Log, task: Task) -> dict[str, dict[str, object]]:
    """Scores on what was held out; the logits of each split are written beside the checkpoint."""
    scores = {}
    judge = _judge(config, log, task)
    for split in held_out(config):
        unseen = load(config, log, split)
        if judge is not None:
            found, logits = judge(unseen, split)
        else:
            whole, logits = accuracy(
                task.network, unseen, frame_lists(config.sizes), task.device, log.watch(f"score {split}")
            )
            found = asdict(whole)
        np.savez(config.out / f"{split}.npz", logits=logits, labels=unseen.labels)
        scores[split] = found
    return scores


def _judge(config: TrainConfig, log: Log, task: Task) -> Judge | None:
    """What tells what a policy is worth; None where the network's accuracy is all there is to tell."""
    if isinstance(task.network, OCSampler):
        return _of_frames(config, log, task, task.network)
    return _in_parts(config, log, task) if isinstance(task, Context) and not config.end_to_end else None


def _of_frames(config: TrainConfig, log: Log, task: Task, network: OCSampler) -> Judge:
    """Scores of the policy's frames, beside those of others."""

    def judge(held: PoolSet, split: str) -> tuple[dict[str, object], Floats]:
        watch = log.watch(f"score {split}")
        found, logits = frame_scores(
            network, held, frame_lists(config.sizes), task.device, watch, config.seed
        )
        return asdict(found), logits

    return judge


def _in_parts(config: TrainConfig, log: Log, context: Context) -> Judge:
    """Scores of a network that was trained part by part tell what its policy is worth too."""

    def looks(part: PoolSet) -> Looks:
        reader = Reader(part, context.lists, context.device)
        return Looks(context.form, reader, config.cache, log.watch("glance"))

    seen = looks(context.data)
    network = context.network
    shares = kept_shares(seen, network, config.out) if isinstance(network, AdaFocusPlus) else None

    def judge(held: PoolSet, split: str) -> tuple[dict[str, object], Floats]:
        unseen = looks(held)
        found, logits = evaluate(unseen, log.watch(f"score {split}"), config.seed)
        scores: dict[str, object] = {**asdict(found), "glance_alone": glance_alone(seen, unseen, config.seed)}
        if shares is not None:
            scores["kept"] = shares(unseen)
        return scores, logits

    return judge


def held_out(config: TrainConfig) -> tuple[str, ...]:
    """The splits to score on: ``validation``, and ``test`` where there is one."""
    data = config.data
    if isinstance(data, SyntheticData):
        tested = data.test > 0
    else:
        tested = data.fold is None and any(entry.split == "test" for entry in read_list(data))
    return ("validation", "test") if tested else ("validation",)


def load(config: TrainConfig, log: Log, split: str) -> PoolSet:
    """The pools of a split.

    Raises:
        ConfigError: the networks are made for frames that the data do not have.
        DataError: the data cannot be trained on.
    """
    watch = log.watch(f"{split} videos")
    data, lists = config.data, frame_lists(config.sizes)
    if isinstance(data, SyntheticData):
        side = SceneSettings().crop
        if lists.crop != side:
            raise ConfigError(f"the synthetic set has frames of {side} pixels, and no 'crop' of {lists.crop}")
        count = {"train": data.train, "validation": data.validation, "test": data.test}[split]
        return synthetic_pools(config.cache, data.seed, split, count, lists.counts, watch=watch)
    sampling, preprocessing = lists.sampling(), lists.preprocessing()
    if config.draws_frames and split == "train":
        sampling, preprocessing = lists.sampling(data.choices), lists.preprocessing(lists.short_side)
    return video_pools(config.cache, data, sampling, preprocessing, split, _tell, watch)


def write_outcome(folder: Path, network: nn.Module, names: tuple[str, ...], results: str) -> None:
    """Write the checkpoint, the names of its classes and the results, each whole or not at all."""
    # torch writes a file's name into it: always the same one, or the bytes were not.
    with replacing(folder / CHECKPOINT) as fresh:
        torch.save(layout_of(network.cpu()), fresh)
    with replacing(folder / LABELS) as fresh:
        fresh.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    with replacing(folder / RESULTS) as fresh:
        fresh.write_text(f"{results}\n", encoding="utf-8")


def _device(config: TrainConfig) -> torch.device:
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("the device 'cuda' is wanted, and there is none")
    return torch.device(config.device)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
