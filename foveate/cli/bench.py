"""``foveate bench``: load a running server and measure it. Needs the extra ``bench``; serving does not."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from foveate.cli.address import add_header_flag, read_address, without_secrets
from foveate.errors import ConfigError

if TYPE_CHECKING:
    from foveate.bench.plan import LevelPlan, Options
    from foveate.bench.schemas import Report

NAME = "bench"
HELP = "load a running server: latency, throughput, compute and accuracy"
_INTERRUPTED = 130

T = TypeVar("T")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("url", metavar="URL", help="of the server: http://127.0.0.1:8000")
    add_header_flag(parser)
    _configure_inputs(parser)
    _configure_load(parser)
    _configure_windows(parser)
    add = parser.add_argument_group("output").add_argument
    add("--json", type=Path, metavar="FILE", help="write everything, set-up included")
    add("--csv", type=Path, metavar="FILE", help="write a row a level")
    add("--picture", type=Path, metavar="FILE", help="draw latency against throughput (.png, .svg, .pdf)")
    add("--quiet", action="store_true", help="show no progress")


def run(args: argparse.Namespace) -> int:
    """Measure, print a table, write what was asked for; 130 where it was interrupted.

    Raises:
        ConfigError: what this needs is not installed, or an option cannot be honoured.
        UnavailableError: the server cannot be reached or is not ready.
    """
    try:
        from foveate.bench.run import run as measure
        from foveate.bench.table import text_of
    except ImportError as error:
        raise ConfigError(f"measuring needs the extra 'bench': {error}") from error
    options = _options(args)
    write = _writers(options)
    command = without_secrets(["foveate", *sys.argv[1:]], args.url, args.header)
    report = measure(options, [*command], sys.stderr)
    print(text_of(report))
    write(report)
    return _INTERRUPTED if report.ended == "interrupted" else 0


def _configure_inputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is posted")
    what = group.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--input",
        type=Path,
        action="append",
        metavar="PATH",
        help="a video; a folder of them; a .txt of a path a line; a .csv with the columns file and label, by "
        "which accuracy is counted. May be given again",
    )
    what.add_argument("--frames", type=_WHOLE, metavar="N", help="random raw frames, N of them a request")
    add = group.add_argument
    add(
        "--frame-size",
        type=_kind(_size, "HEIGHTxWIDTH in pixels"),
        metavar="HxW",
        help="of raw frames (default: the model's crop)",
    )
    add("--body", choices=("raw", "form"), default="raw", help="how a file is sent (default: raw)")
    add("--order", choices=("in-turn", "random"), default="in-turn", help="of the inputs (default: in-turn)")
    add("--seed", type=int, default=0, help="of everything random (default: 0)")
    add(
        "--param",
        type=_kind(_pair, "NAME=VALUE"),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="sent with every request: model, max_gflops, deadline_ms and so on. May be given again",
    )


def _configure_load(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("load; levels are 1,2,4 or FROM:TO:STEP or FROM:TO:xFACTOR")
    how = group.add_mutually_exclusive_group()
    how.add_argument(
        "--concurrency", type=_counts, metavar="LEVELS", help="clients in a closed loop (default: 1)"
    )
    how.add_argument("--rate", type=_levels, metavar="LEVELS", help="requests a second in an open loop")
    how.add_argument(
        "--trace", type=Path, metavar="FILE", help="replay arrivals: seconds since the start, one a line"
    )
    add = group.add_argument
    add("--arrivals", choices=("poisson", "constant"), default="poisson", help="of a rate (default: poisson)")
    add("--speed", type=_levels, default=(1.0,), metavar="LEVELS", help="of a trace (default: 1)")
    add(
        "--max-outstanding",
        type=_WHOLE,
        default=1024,
        metavar="N",
        help="requests under way in an open loop; more are counted as not sent (default: 1024)",
    )


def _configure_windows(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("how long").add_argument
    add("--window", type=_POSITIVE, default=5.0, metavar="SECONDS", help="of a window (default: 5)")
    add("--max-windows", type=_WHOLE, default=10, metavar="N", help="of a level (default: 10)")
    add(
        "--warmup",
        type=_kind(_not_negative, "a number of seconds"),
        default=2.0,
        metavar="SECONDS",
        help="dropped a level (default: 2)",
    )
    add(
        "--stability",
        type=_POSITIVE,
        default=10.0,
        metavar="PERCENT",
        help="a level ends once throughput and latency of its last three windows lie within this of their "
        "mean (default: 10)",
    )
    add(
        "--percentile",
        type=_kind(_percentile, "a percentile below 100, or mean"),
        default="95",
        metavar="P",
        help="the latency that must be steady, or 'mean' (default: 95)",
    )
    add("--latency-limit-ms", type=_POSITIVE, metavar="MS", help="end the sweep once that latency is above")
    add("--timeout", type=_POSITIVE, default=60.0, metavar="SECONDS", help="of one request (default: 60)")


def _options(args: argparse.Namespace) -> "Options":
    from foveate.bench.plan import Options
    from foveate.bench.stability import Rules

    address = read_address(args.url, args.header)
    if args.frames is not None and args.body == "form":
        raise ConfigError("raw frames are sent as the body itself, not as a form")
    percentile = None if args.percentile == "mean" else float(args.percentile)
    limit = args.latency_limit_ms
    return Options(
        url=address.url,
        headers=address.headers,
        inputs=tuple(args.input or ()),
        frames=args.frames,
        frame_size=args.frame_size,
        form=args.body == "form",
        parameters=dict(args.param),
        shuffled=args.order == "random",
        seed=args.seed,
        levels=_plans(args),
        rules=Rules(args.warmup, args.window, args.max_windows, args.stability / 100, percentile),
        timeout_s=args.timeout,
        limit_s=None if limit is None else limit / 1000,
        json=args.json,
        csv=args.csv,
        picture=args.picture,
        quiet=args.quiet,
    )


def _plans(args: argparse.Namespace) -> "tuple[LevelPlan, ...]":
    from foveate.bench.arrivals import read_trace
    from foveate.bench.plan import LevelPlan

    common: dict[str, Any] = {"most": args.max_outstanding, "seed": args.seed}
    if args.trace is not None:
        return tuple(
            LevelPlan("trace", speed, trace=read_trace(args.trace, speed), **common) for speed in args.speed
        )
    if args.rate is not None:
        poisson = args.arrivals == "poisson"
        return tuple(LevelPlan("rate", rate, poisson, **common) for rate in args.rate)
    return tuple(LevelPlan("concurrency", clients, **common) for clients in args.concurrency or (1,))


def _writers(options: "Options") -> "Callable[[Report], None]":
    """What writes the files; whatever would hinder it is found before the measurement, not after it."""
    from foveate.bench.csv_file import csv_of

    for path in (options.json, options.csv, options.picture):
        if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            raise ConfigError(f"{path} cannot be written: there is no such folder, or it is read-only")
    if options.picture is not None:
        try:
            from foveate.bench.picture import draw
            from foveate.pictures.canvas import check_kind
        except ImportError as error:
            raise ConfigError(f"a picture needs the extra 'bench': {error}") from error
        check_kind(options.picture)

    def write(report: "Report") -> None:
        if options.json is not None:
            options.json.write_text(report.model_dump_json(indent=1) + "\n")
        if options.csv is not None:
            options.csv.write_text(csv_of(report))
        if options.picture is not None:
            draw(report, options.picture)

    return write


def _kind(parse: Callable[[str], T], what: str) -> Callable[[str], T]:
    """A type of argparse that says what was wanted."""

    def convert(text: str) -> T:
        try:
            return parse(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None

    return convert


def _levels(text: str) -> tuple[float, ...]:
    from foveate.bench.sweep import parse_levels

    try:
        return parse_levels(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"no levels: {error}") from None


def _counts(text: str) -> tuple[int, ...]:
    levels = _levels(text)
    if any(level != int(level) for level in levels):
        raise argparse.ArgumentTypeError(f"{text!r} is not of whole numbers")
    return tuple(map(int, levels))


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    return (name, value) if name and found else _wrong()


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    return _whole(height), _whole(width)


def _whole(text: str) -> int:
    return value if (value := int(text)) > 0 else _wrong()


def _positive(text: str) -> float:
    return value if 0 < (value := float(text)) < float("inf") else _wrong()


def _not_negative(text: str) -> float:
    return value if 0 <= (value := float(text)) < float("inf") else _wrong()


def _percentile(text: str) -> str:
    return text if text == "mean" or 0 < float(text) < 100 else _wrong()


def _wrong() -> NoReturn:
    raise ValueError


_WHOLE = _kind(_whole, "a whole number of at least 1")
_POSITIVE = _kind(_positive, "a positive number")
