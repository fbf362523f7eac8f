"""``foveate bench``: load a running server and measure it. Needs the extra ``bench``; serving does not."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foveate.cli import bench_arguments
from foveate.cli.address import read_address, without_secrets
from foveate.errors import ConfigError
from foveate.files import require_writable, write_whole

if TYPE_CHECKING:
    from foveate.bench.plan import LevelPlan, Options, SearchPlan
    from foveate.bench.schemas import Report
    from foveate.bench.stability import Rules

NAME = "bench"
HELP = "load a running server: latency, throughput, compute and accuracy"
_INTERRUPTED = 130
_WINDOW_S = 5.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    bench_arguments.configure(parser)


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


def _options(args: argparse.Namespace) -> "Options":
    from foveate.bench.plan import Options

    address = read_address(args.url, args.header)
    if args.frames is not None and args.body == "form":
        raise ConfigError("raw frames are sent as the body itself, not as a form")
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
        search=_search(args),
        rules=_rules(args),
        timeout_s=args.timeout,
        limit_s=None if limit is None else limit / 1000,
        json=args.json,
        csv=args.csv,
        requests=args.requests,
        picture=args.picture,
        quiet=args.quiet,
    )


def _search(args: argparse.Namespace) -> "SearchPlan | None":
    from foveate.bench.plan import SearchPlan

    if args.search is None:
        return None
    if args.latency_limit_ms is None:
        raise ConfigError("--search needs --latency-limit-ms")
    lowest, highest = args.search
    return SearchPlan(lowest, highest, args.search_within / 100)


def _rules(args: argparse.Namespace) -> "Rules":
    from foveate.bench.stability import Rules

    return Rules(
        warmup_s=args.warmup,
        window_s=None if args.window_requests else args.window or _WINDOW_S,
        most=args.max_windows,
        within=args.stability / 100,
        percentile=None if args.percentile == "mean" else float(args.percentile),
        window_requests=args.window_requests,
    )


def _plans(args: argparse.Namespace) -> "tuple[LevelPlan, ...]":
    from foveate.bench.arrivals import read_trace
    from foveate.bench.plan import LevelPlan

    common: dict[str, Any] = {"most": args.max_outstanding, "seed": args.seed}
    if args.trace is not None:
        return tuple(
            LevelPlan("trace", speed, trace=read_trace(args.trace, speed), **common) for speed in args.speed
        )
    if (rates := args.rate or (args.search and args.search[:1])) is not None:
        poisson = args.arrivals == "poisson"
        return tuple(LevelPlan("rate", rate, poisson, **common) for rate in rates)
    return tuple(LevelPlan("concurrency", clients, **common) for clients in args.concurrency or (1,))


def _writers(options: "Options") -> "Callable[[Report], None]":
    """What writes the files; whatever would hinder it is found before the measurement, not after it."""
    from foveate.bench.csv_file import csv_of

    for path in (options.json, options.csv, options.requests, options.picture):
        if path is not None:
            require_writable(path)
    if options.picture is not None:
        try:
            from foveate.bench.picture import draw
            from foveate.pictures.canvas import check_kind, kind_of, save
        except ImportError as error:
            raise ConfigError(f"a picture needs the extra 'bench': {error}") from error
        check_kind(options.picture)

    def write(report: "Report") -> None:
        if options.json is not None:
            _write_text(options.json, report.model_dump_json(indent=1) + "\n")
        if options.csv is not None:
            _write_text(options.csv, csv_of(report))
        if options.picture is not None:
            figure, kind = draw(report), kind_of(options.picture)
            write_whole(options.picture, lambda file: save(figure, file, kind))

    return write


def _write_text(path: Path, text: str) -> None:
    write_whole(path, lambda file: file.write(text.encode()))
