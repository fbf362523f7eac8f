"""``python -m benchmarks.policies CONFIG``: the tables on the backbones of a finished run."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.policies.form import Original
from benchmarks.policies.score import STAGE, Choose, Videos, accuracy, train_classifier
from benchmarks.policies.table import report, table_of
from benchmarks.report_file import check_report, write_report
from foveate.errors import ConfigError, FoveateError
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from training.command import CHECKPOINT, load
from training.config import PolicyStage, TrainConfig, read_config
from training.frame_lists import frame_lists
from training.logs import Log
from training.loop import Loop
from training.reader import Reader
from training.sizes import Sizes
from training.stages.base import Context
from training.stages.looks import Looks

HIDDEN = 256
REWARDS = ("gain", "increment", "confidence")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all seeds share.

    Attributes:
        config: of the run whose backbones are taken.
        network: these backbones.
        train: videos to train on.
        test: held-out ones.
        places: of the table.
        epochs: of the policies.
        log: shows progress.
    """

    config: TrainConfig
    network: AdaFocusV2
    train: Videos
    test: Videos
    places: int
    epochs: int
    log: Log


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policies", description=__doc__)
    parser.add_argument("config", type=Path, help="configuration of a finished run on the synthetic set")
    parser.add_argument("--seeds", type=int, default=3, help="how often everything is repeated")
    parser.add_argument("--videos", type=int, default=1500, help="training videos that are looked at")
    parser.add_argument("--held-out", type=int, default=600, help="test videos that are looked at")
    parser.add_argument("--places", type=int, default=25, help="places of a frame, a square number")
    parser.add_argument("--epochs", type=int, default=40, help="of each policy")
    parser.add_argument("--json", type=Path, help="write the report here too")
    args = parser.parse_args()
    try:
        check_report(args.json)
        setting = prepare(args)
        rows = [run_seed(setting, seed) for seed in range(args.seeds)]
        looks = (len(setting.train.looks.data), len(setting.test.looks.data))
        found = report(rows, " ".join(sys.argv[1:]), *looks)
        print(table_of(found))
        write_report(args.json, found)
    except FoveateError as error:
        print(f"benchmarks.policies: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(args: argparse.Namespace) -> Setting:
    """Read the run, and look at every place of every video once.

    Raises:
        FoveateError: the run is of another form, or not finished.
    """
    config = read_config(args.config)
    torch.set_num_threads(config.threads)
    if not isinstance(config.sizes, Sizes):
        raise ConfigError(f"{args.config} is not of the form whose backbones are wanted")
    checkpoint = read_adafocus_v2(config.out / CHECKPOINT)
    network = checkpoint.build(AdaFocusV2Options(config.sizes.patch, config.sizes.crop))
    log = Log(config.out / "policies" / "log")
    counts = {"train": args.videos, "test": args.held_out}
    short = config.model_copy(update={"data": config.data.model_copy(update=counts)})
    form = Original(network, args.places, HIDDEN, 0)

    def videos(split: str) -> Videos:
        reader = Reader(load(short, log, split), frame_lists(config.sizes), torch.device("cpu"))
        looks = Looks(form, reader, config.cache, log.watch(f"look at {split}"))
        return Videos(looks, looks.table(args.places))

    return Setting(short, network, videos("train"), videos("test"), args.places, args.epochs, log)


def run_seed(setting: Setting, seed: int) -> dict[str, float]:
    """All rows of both tables for one seed: the accuracy on held-out videos, of 1.

    Raises:
        FoveateError: a policy cannot be trained.
    """
    form = Original(setting.network, setting.places, HIDDEN, seed)
    place = fixed_places(setting.places)
    train_classifier(form, setting.train, place["random"], seed)
    warm = {name: value.clone() for name, value in form.classifier.state_dict().items()}
    rows = {}
    for name, choose in place.items():
        form.classifier.load_state_dict(warm)
        rows[name] = _trained(setting, form, choose, seed)
    for reward in REWARDS:
        form.classifier.load_state_dict(warm)
        learn_policy(setting, form, reward, seed)
        learned = learned_places(form)
        rows[reward] = _trained(setting, form, learned, seed)
        if reward == REWARDS[0]:
            for use in ("gl", "l", "g"):
                fresh = Original(setting.network, setting.places, HIDDEN, seed + 100)
                form.classifier.load_state_dict(fresh.classifier.state_dict())
                train_classifier(form, setting.train, learned, seed, use)
                rows[f"features {use}"] = accuracy(form, setting.test, learned, seed, use)
        print(f"seed {seed}: {json.dumps(rows)}", file=sys.stderr, flush=True)
    return rows


def learn_policy(setting: Setting, form: Original, reward: str, seed: int) -> None:
    """Train a policy from new weights by one reward, on the table; the classifier stays as it is.

    Raises:
        TrainingError: see ``Loop.train``.
    """
    fresh = Original(setting.network, setting.places, HIDDEN, seed + 200)
    form.policy.load_state_dict(fresh.policy.state_dict())
    form.parts.eval()
    stage = PolicyStage.model_validate(
        {
            "kind": "policy",
            "reward": reward,
            "epochs": setting.epochs,
            "batch": 64,
            "optimizer": "adam",
            "rate": 1e-3,
            "decay": 0,
            "clip": 1.0,
            "table": setting.places,
        }
    )
    out = setting.config.out / "policies" / f"{reward}-{seed}-{setting.epochs}"
    config = setting.config.model_copy(update={"out": out, "seed": seed, "stages": (stage,)})
    looks = setting.train.looks
    whole = nn.ModuleDict({"backbones": setting.network, "parts": form.parts})
    context = Context(
        whole,
        looks.data,
        looks.device,
        setting.config.cache,
        setting.log.watch,
        looks.reader.lists,
        form=form,
    )
    Loop(config, context, setting.log).train()


def fixed_places(places: int) -> dict[str, Choose]:
    """Places that nothing is learned for: uniform, and the one in the centre."""

    def drawn(maps: Tensor, random: np.random.Generator) -> Tensor:
        return torch.from_numpy(random.integers(0, places, tuple(maps.shape[:2])))

    def centre(maps: Tensor, random: np.random.Generator) -> Tensor:
        return torch.full(tuple(maps.shape[:2]), places // 2)

    return {"random": drawn, "centre": centre}


def learned_places(form: Original) -> Choose:
    """The best places of the form's policy."""

    def best(maps: Tensor, random: np.random.Generator) -> Tensor:
        return form.choice.best(form.act(maps)[0])

    return best


def _trained(setting: Setting, form: Original, choose: Choose, seed: int) -> float:
    """The accuracy of the classifier, trained further on some places."""
    further = STAGE.model_copy(update={"epochs": STAGE.epochs // 2})
    train_classifier(form, setting.train, choose, seed, stage=further)
    return accuracy(form, setting.test, choose, seed)


if __name__ == "__main__":
    sys.exit(main())
