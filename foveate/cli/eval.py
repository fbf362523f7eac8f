"""``foveate eval``: score a bundle on a list of videos, as served."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from foveate.errors import ConfigError

if TYPE_CHECKING:
    from foveate.evaluation.evaluate import Request

NAME = "eval"
HELP = "score a bundle on a list of videos, by the engine that serves"
_EPILOG = (
    "A list holds a folder of frames a line, 'path,frames,label[,label...]' or 'path frames label', or is a "
    "CSV of video files with the columns file, label and, if there are folds, fold. Labels are class numbers "
    "from 0; a CSV may also name them as the bundle does. Top-1 holds the best class against a video's first "
    "label; mAP counts every label, a class without videos 0, and ranks by softmax. FLOPs are multiply-adds."
)
_MIN_FRAMES = "leave out folders of fewer frames by the list (default: 3, as published)"
_STEPS = "all: every answer of a video, no exits, and the accuracy after each (default: last, as served)"
_LOGITS = "write every answer's logits here (.npz), for calibration; implies --steps all"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG.replace("%", "%%")
    add = parser.add_argument
    add("bundle", type=Path, metavar="BUNDLE", help="folder of the bundle")
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
        type=_at_least(0),
        default=1,
        metavar="N",
        help="number of a first frame (default: 1)",
    )
    add("--min-frames", type=_at_least(1), default=3, metavar="N", help=_MIN_FRAMES)
    add("--max-gflops", type=float, metavar="X", help="G multiply-adds a video may cost (default: as served)")
    add("--steps", choices=("last", "all"), default="last", help=_STEPS)
    add("--limit", type=_at_least(1), metavar="N", help="only the first N videos of the list")
    add(
        "--lanes",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="batches at once, and decoders (default: cores)",
    )
    add("--on-error", choices=("stop", "skip"), default="stop", help="at an unreadable video (default: stop)")
    add("--json", type=Path, metavar="FILE", help="write the report here, with a table of the classes")
    add("--logits", type=Path, metavar="FILE", help=_LOGITS)


def run(args: argparse.Namespace) -> int:
    """Evaluate.

    Raises:
        ConfigError: nothing that runs graphs is installed, or flags that exclude each other.
        FoveateError: whatever else the caller can mend.
    """
    try:
        from foveate.evaluation.evaluate import evaluate
    except ImportError as error:
        raise ConfigError(f"scoring runs the graphs and needs the extra 'cpu' or 'gpu': {error}") from error
    from foveate.evaluation.output import require_writable, write_json, write_logits
    from foveate.evaluation.report import as_json
    from foveate.evaluation.table import lines

    for path in (args.json, args.logits):
        if path is not None:
            require_writable(path)
    progress = _Progress()
    try:
        report, collected = evaluate(_request(args), progress)
    finally:
        progress.clear()
    if args.logits is not None:
        write_logits(args.logits, collected)
    if args.json is not None:
        write_json(args.json, as_json(report) | {"list": str(args.list)})
    print("\n".join(lines(report)))
    return 0


def _request(args: argparse.Namespace) -> "Request":
    from foveate.evaluation.evaluate import Request
    from foveate.evaluation.listed import ListForm
    from foveate.evaluation.run import Layout

    root = args.root or args.list.parent
    return Request(
        bundle=args.bundle,
        list=args.list,
        layout=Layout(root, args.frame_name, args.first_frame, args.min_frames),
        form=ListForm(args.list_form) if args.list_form else None,
        fold=args.fold,
        limit=args.limit,
        every_answer=args.steps == "all" or args.logits is not None,
        max_multiply_adds=None if args.max_gflops is None else args.max_gflops * 1e9,
        lanes=args.lanes,
        skip=args.on_error == "skip",
    )


class _Progress:
    """A line on standard error that is written over, where somebody is looking at it."""

    def __init__(self) -> None:
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
        text = (
            f"{done} of {total} videos, {skipped} skipped, {rate:.1f}/s, {(total - done) / rate:.0f} s left"
        )
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)


def _at_least(least: int) -> Callable[[str], int]:
    """An argument's type: whole numbers from ``least`` on."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"a whole number from {least} on is wanted, not {text!r}")
        return int(text)

    return read
