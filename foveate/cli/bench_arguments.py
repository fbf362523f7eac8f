"""The arguments of ``foveate bench``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from foveate.cli.address import add_header_flag
from foveate.cli.arguments import at_least

_MOST_CLIENTS = 100_000

T = TypeVar("T")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument("url", metavar="URL", help="of the server: http://127.0.0.1:8000")
    add_header_flag(parser)
    _configure_inputs(parser)
    _configure_load(parser)
    _configure_windows(parser)
    add = parser.add_argument_group("output").add_argument
    add("--json", type=Path, metavar="FILE", help="write everything, set-up included")
    add("--csv", type=Path, metavar="FILE", help="write a row a level")
    add("--requests", type=Path, metavar="FILE", help="write a line of JSON a request")
    add("--picture", type=Path, metavar="FILE", help="draw latency against throughput (.png, .svg, .pdf)")
    add("--quiet", action="store_true", help="show no progress")


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
    add("--seed", type=at_least(0), default=0, help="of everything random (default: 0)")
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
        "--search",
        type=_kind(_ends, "FROM:TO, two rates"),
        metavar="FROM:TO",
        help="find the highest rate between two, in requests a second, that the server bears within "
        "--latency-limit-ms",
    )
    how.add_argument(
        "--trace", type=Path, metavar="FILE", help="replay arrivals: seconds since the start, one a line"
    )
    add = group.add_argument
    add(
        "--search-within",
        type=_POSITIVE,
        default=5.0,
        metavar="PERCENT",
        help="of the rate, to which a search finds it (default: 5)",
    )
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
    group = parser.add_argument_group("how long")
    window = group.add_mutually_exclusive_group()
    window.add_argument("--window", type=_POSITIVE, metavar="SECONDS", help="of a window (default: 5)")
    window.add_argument(
        "--window-requests", type=_WHOLE, metavar="N", help="end a window with its Nth reply instead"
    )
    add = group.add_argument
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
    add("--latency-limit-ms", type=_POSITIVE, metavar="MS", help="end a sweep once that latency is above")
    add("--timeout", type=_POSITIVE, default=60.0, metavar="SECONDS", help="of one request (default: 60)")


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
    if max(levels) > _MOST_CLIENTS:
        raise argparse.ArgumentTypeError(f"{text!r} is more than {_MOST_CLIENTS} clients")
    return tuple(map(int, levels))


def _ends(text: str) -> tuple[float, float]:
    from foveate.bench.sweep import parse_levels

    lowest, highest = parse_levels(text.replace(":", ",", 1))
    return (lowest, highest) if lowest < highest else _wrong()


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
