"""``foveate eval``: score bundles on a list of videos, as served."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from foveate.cli.arguments import at_least, between
from foveate.errors import ConfigError
from foveate.files import require_writable, write_whole

if TYPE_CHECKING:
    from foveate.evaluation.comparison import Scored
    from foveate.evaluation.evaluate import Request
    from foveate.evaluation.metric import Metric

NAME = "eval"
HELP = "score bundles on a list of videos, by the engine that serves"
_MOST_LANES = 1024
_EPILOG = (
    "A list holds a folder of frames a line, 'path,frames,label[,label...]' or 'path frames label', or is a "
    "CSV of video files with the columns file, label and, if there are folds, fold. Labels are class numbers "
    "from 0; a CSV may also name them as the bundle does. Top-1 holds the best class against a video's first "
    "label; mAP counts every label, a class without videos 0, and ranks by softmax. FLOPs are multiply-adds."
)
_MIN_FRAMES = "leave out folders of fewer frames by the list (default: 3, as published)"
_STEPS = "all: every answer of a video, no exits, and the accuracy after each (default: last, as served)"
_KEEP_SHARES = (
    "of a bundle that drops patches: go through the list again for each of these shares of patches to keep, "
    "as 0.9,0.7,0.5, without exits; implies --steps all"
)
_KEEP_PROBABILITIES = (
    "solve the thresholds of --keep-shares on these keep probabilities, .npy or an .npz of --logits "
    "(default: on those of the list itself)"
)
_LOGITS = "write every answer's logits here (.npz), for calibration; implies --steps all"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG.replace("%", "%%")
    parser.add_argument("bundle", type=Path, nargs="+", metavar="BUNDLE", help="folder of the bundle")
    _configure_list(parser)
    _configure_asked(parser)
    add = parser.add_argument_group("output").add_argument
    add("--json", type=Path, metavar="FILE", help="write the report here, with a table of the classes")
    add("--logits", type=Path, metavar="FILE", help=_LOGITS)
    add("--classes", type=Path, metavar="FILE", help="write the table of the classes here (.csv)")
    add("--picture", type=Path, metavar="FILE", help="draw score against compute (.png, .svg, .pdf)")
    add("--class-picture", type=Path, metavar="FILE", help="draw the score of each class")
    add("--score", choices=("map", "top1"), default="map", help="what pictures show (default: map)")


def _configure_list(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("videos").add_argument
    add("--list", required=True, type=Path, metavar="FILE", help="list of videos and labels")
    add("--root", type=Path, metavar="DIR", help="where the list's paths begin (default: the list's folder)")
    add("--list-form", choices=("commas", "spaces", "csv"), help="form of the list (default: as it looks)")
    add("--fold", metavar="F", help="of a CSV with folds, the one to score (default: all)")
    add(
        "--frame-name",
        metavar="P",
        help="file name of a frame, as 'img_{:05d}.jpg' (default: a published one)",
    )
    add(
        "--first-frame",
        type=at_least(0),
        default=1,
        metavar="N",
        help="number of a first frame (default: 1)",
    )
    add("--min-frames", type=at_least(1), default=3, metavar="N", help=_MIN_FRAMES)
    add("--limit", type=at_least(1), metavar="N", help="only the first N videos of the list")
    add("--on-error", choices=("stop", "skip"), default="stop", help="at an unreadable video (default: stop)")


def _configure_asked(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what is asked").add_argument
    add("--max-gflops", type=float, metavar="X", help="G multiply-adds a video may cost (default: as served)")
    add("--steps", choices=("last", "all"), default="last", help=_STEPS)
    add("--keep-shares", metavar="S,S", help=_KEEP_SHARES)
    add("--keep-probabilities", type=Path, metavar="FILE", help=_KEEP_PROBABILITIES)
    add(
        "--lanes",
        type=between(0, _MOST_LANES),
        default=0,
        metavar="N",
        help="batches at once, and decoders (default: cores)",
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate.

    Raises:
        ConfigError: nothing that runs graphs is installed, or flags that exclude each other.
        FoveateError: whatever else the caller can mend.
    """
    try:
        from foveate.evaluation.evaluate import perform
    except ImportError as error:
        raise ConfigError(f"scoring runs the graphs and needs the extra 'cpu' or 'gpu': {error}") from error
    from foveate.evaluation.comparison import comparison_lines, scored
    from foveate.evaluation.output import write_logits
    from foveate.evaluation.several import prepare_all
    from foveate.evaluation.table import lines

    write = _writers(args)
    several = len(args.bundle) > 1
    prepared = prepare_all([_request(args, bundle) for bundle in args.bundle])
    reports = []
    for number, one in enumerate(prepared, 1):
        progress = _Progress(f"bundle {number} of {len(prepared)}: " if several else "")
        try:
            report, collected = perform(one, progress)
        finally:
            progress.clear()
        if args.logits is not None:
            write_logits(args.logits, collected)
        reports.append(report)
        if several:
            print("\n".join(lines(report)), end="\n\n", flush=True)
    found = scored(prepared, reports)
    write(found)
    print("\n".join(comparison_lines(found) if several else lines(reports[0])))
    return 0


def _writers(args: argparse.Namespace) -> "Callable[[Sequence[Scored]], None]":
    """What writes the files; whatever would hinder it is found before the evaluation, not after it."""
    from foveate.evaluation.class_table import classes_csv
    from foveate.evaluation.comparison import combined_json
    from foveate.evaluation.metric import Metric
    from foveate.evaluation.output import write_json
    from foveate.evaluation.report import as_json

    if args.logits is not None and len(args.bundle) > 1:
        raise ConfigError("--logits keeps the logits of one bundle")
    for path in (args.json, args.logits, args.classes, args.picture, args.class_picture):
        if path is not None:
            require_writable(path)
    draw = _painter(args)

    def write(found: "Sequence[Scored]") -> None:
        if args.json is not None:
            data = as_json(found[0].report) if len(found) == 1 else combined_json(found)
            write_json(args.json, data | {"list": str(args.list)})
        if args.classes is not None:
            text = classes_csv(found).encode()
            write_whole(args.classes, lambda file: file.write(text))
        if draw is not None:
            draw(found, Metric(args.score))

    return write


def _painter(args: argparse.Namespace) -> "Callable[[Sequence[Scored], Metric], None] | None":
    """What draws the pictures; None where none is wanted."""
    wanted = [path for path in (args.picture, args.class_picture) if path is not None]
    if not wanted:
        return None
    try:
        from foveate.evaluation.class_picture import draw_classes
        from foveate.evaluation.curve_picture import draw_curves
        from foveate.pictures.canvas import check_kind, kind_of, save
    except ImportError as error:
        raise ConfigError(f"a picture needs the extra 'bench': {error}") from error

    for path in wanted:
        check_kind(path)

    def draw(found: "Sequence[Scored]", metric: "Metric") -> None:
        for path, picture in ((args.picture, draw_curves), (args.class_picture, draw_classes)):
            if path is not None:
                figure, kind = picture(found, metric), kind_of(path)
                write_whole(path, partial(save, figure, kind=kind))

    return draw


def _request(args: argparse.Namespace, bundle: Path) -> "Request":
    from foveate.evaluation.evaluate import Request
    from foveate.evaluation.keep_shares import parse_shares
    from foveate.evaluation.listed import ListForm
    from foveate.evaluation.run import Layout

    root = args.root or args.list.parent
    return Request(
        bundle=bundle,
        list=args.list,
        layout=Layout(root, args.frame_name, args.first_frame, args.min_frames),
        form=ListForm(args.list_form) if args.list_form else None,
        fold=args.fold,
        limit=args.limit,
        every_answer=args.steps == "all" or args.logits is not None,
        max_multiply_adds=None if args.max_gflops is None else args.max_gflops * 1e9,
        lanes=args.lanes,
        skip=args.on_error == "skip",
        keep_shares=() if args.keep_shares is None else parse_shares(args.keep_shares),
        keep_probabilities=args.keep_probabilities,
    )


class _Progress:
    """A line on standard error that is written over, where somebody is looking at it."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._shown = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = 0.0
        self._width = 0

    def __call__(self, done: int, total: int, skipped: int) -> None:
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + 0.2
        rate = done / (now - self._began)
        text = self._prefix + (
            f"{done} of {total} videos, {skipped} skipped, {rate:.1f}/s, {(total - done) / rate:.0f} s left"
        )
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)
