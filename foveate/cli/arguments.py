"""Types of arguments that several commands share; what is wrong is said as argparse says it."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path


def at_least(least: int) -> Callable[[str], int]:
    """Whole numbers from ``least`` on.

    Returns:
        Reads an argument; raises ArgumentTypeError where it is none of them.
    """

    def read(text: str) -> int:
        if not _is_whole(text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"a whole number from {least} on is wanted, not {text!r}")
        return int(text)

    return read


def between(least: int, most: int) -> Callable[[str], int]:
    """Whole numbers from ``least`` to ``most``.

    Returns:
        Reads an argument; raises ArgumentTypeError where it is none of them.
    """

    def read(text: str) -> int:
        if not _is_whole(text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most} is wanted, not {text!r}")
        return int(text)

    return read


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit()


def add_engine_cache(parser: argparse.ArgumentParser, why: str = "") -> None:
    """Declare ``--engine-cache``; ``why`` a command has it is added to its help."""
    given = os.environ.get("FOVEATE_ENGINE_CACHE")
    default = "FOVEATE_ENGINE_CACHE; default: in the home folder"
    parser.add_argument(
        "--engine-cache",
        type=Path,
        metavar="DIR",
        default=Path(given) if given else None,
        help=f"folder of engines, as of foveate serve{why} ({default})",
    )
