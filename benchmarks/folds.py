"""``python -m benchmarks.folds CONFIG``: a recipe on a folder of videos, every fold held out once.

Beside its accuracy stand the controls: what the videos' width, height and frame rate alone tell of the class,
the same networks with patches at random and in the centre, the classifier trained on such patches, and the
glance alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report_file import check_report, write_report
from foveate import __version__
from foveate.errors import ConfigError, FoveateError
from foveate.video.container import DecodeLimits, open_video
from training.command import RESULTS, train
from training.config import ClassifierStage, TrainConfig, VideoData, read_config
from training.videos import class_names, folds_of, read_list

NEIGHBOURS = 15
ROWS = (
    ("facts", "width, height and frame rate alone (control)"),
    ("glance_alone", "glance alone (control)"),
    ("centre", "patches in the centre (control)"),
    ("random", "patches at random (control)"),
    ("policy", "the network, patches where its policy looks"),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a video's container tells, and its class.

    Attributes:
        numbers: logarithms of width, height and frame rate, float64 [N, 3].
        labels: classes, int64 [N].
        folds: which fold each is in [N].
    """

    numbers: NDArray[np.float64]
    labels: NDArray[np.int64]
    folds: NDArray[np.str_]


def main() -> int:
    """Run it; 1, with a line that says why, where it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.folds", description=__doc__)
    parser.add_argument("config", type=Path, help="a recipe whose data have folds")
    parser.add_argument("--folds", help="which of them, by commas (default: all)")
    parser.add_argument("--json", type=Path, help="write the report here too")
    args = parser.parse_args()
    try:
        check_report(args.json)
        config = read_config(args.config)
        data = config.data
        if not isinstance(data, VideoData) or data.fold is None:
            raise ConfigError(f"{args.config} names no 'fold' of videos to hold out")
        facts = facts_of(data)
        folds = sorted(set(facts.folds.tolist()))
        wanted = args.folds.split(",") if args.folds else folds
        if strange := sorted(set(wanted) - set(folds)):
            raise ConfigError(f"the list has no fold {', '.join(strange)}; there are {', '.join(folds)}")
        rows = {fold: {**run_fold(config, fold), "facts": by_facts(facts, fold)} for fold in wanted}
        found = report(rows, " ".join(sys.argv[1:]), len(facts.labels))
        print(table_of(found))
        write_report(args.json, found)
    except FoveateError as error:
        print(f"benchmarks.folds: {error}", file=sys.stderr)
        return 1
    return 0


def run_fold(config: TrainConfig, fold: str) -> dict[str, float]:
    """Train with one fold held out, or take up a run that has begun, and score it there.

    Raises:
        FoveateError: see ``train``.
    """
    data = config.data.model_copy(update={"fold": int(fold)})
    own = config.model_copy(update={"data": data, "out": config.out / f"fold-{fold}"})
    scores = _scores(own)
    found = {"policy": scores["policy"][-1], "glance_alone": scores["glance_alone"]}
    for control in ("random", "centre"):
        found[control] = _scores(_for_control(own, control))[control]
    return found


def _scores(config: TrainConfig) -> dict[str, Any]:
    """Of the fold that is held out, after a run that may have been finished before."""
    results = config.out / RESULTS
    if not results.is_file():
        train(config)
    found: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))["validation"]
    return found


def _for_control(config: TrainConfig, places: str) -> TrainConfig:
    """The same run whose classifier is trained on patches that no policy chose; that run, if it has none."""
    if not any(isinstance(stage, ClassifierStage) for stage in config.stages):
        return config
    stages = tuple(
        stage.model_copy(update={"places": places}) if isinstance(stage, ClassifierStage) else stage
        for stage in config.stages
    )
    out = config.out.with_name(f"{config.out.name}-{places}")
    return config.model_copy(update={"stages": stages, "out": out})


def facts_of(data: VideoData) -> Facts:
    """Probe every video of the list.

    Raises:
        FoveateError: one cannot be read.
    """
    entries = read_list(data)
    names = class_names(data, entries)
    numbers = []
    for entry in entries:
        with open_video(str(entry.file.resolve()), DecodeLimits()) as (_, stream):
            numbers.append((stream.width, stream.height, float(stream.average_rate or 1)))
    labels = np.array([names.index(entry.label) for entry in entries], np.int64)
    return Facts(np.log(np.array(numbers)), labels, np.array(folds_of(data)))


def by_facts(facts: Facts, fold: str) -> float:
    """How often the nearest videos of the other folds, by their facts alone, vote for the right class."""
    held = facts.folds == fold
    known, asked = facts.numbers[~held], facts.numbers[held]
    away = ((asked[:, None] - known[None]) ** 2).sum(2)
    nearest = np.argsort(away, axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = facts.labels[~held][nearest]
    best = [int(np.bincount(row).argmax()) for row in votes]
    return float((np.array(best) == facts.labels[held]).mean())


def report(rows: dict[str, dict[str, float]], command: str, videos: int) -> dict[str, Any]:
    """What is written: each fold's accuracies and, over them, mean and standard deviation, of 1."""
    return {
        "command": f"python -m benchmarks.folds {command}",
        "version": __version__,
        "videos": videos,
        "folds": rows,
        "mean": {name: mean(_column(rows, name)) for name, _ in ROWS},
        "deviation": {name: _deviation(_column(rows, name)) for name, _ in ROWS},
    }


def table_of(found: dict[str, Any]) -> str:
    """The report as text, in per cent."""
    lines = [f"{found['videos']} videos, {len(found['folds'])} folds{'':30}top-1, % (deviation over folds)"]
    for name, text in ROWS:
        lines.append(f"  {text:50} {100 * found['mean'][name]:5.1f} ± {100 * found['deviation'][name]:.1f}")
    return "\n".join(lines)


def _column(rows: dict[str, dict[str, float]], name: str) -> list[float]:
    return [row[name] for row in rows.values()]


def _deviation(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main())
