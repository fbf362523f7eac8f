"""``foveate synthesize``: write a synthetic data set. Needs the extra ``train``; serving does not."""

import argparse
from importlib import import_module

from foveate.cli.arguments import at_least
from foveate.errors import ConfigError

NAME = "synthesize"
HELP = "write a data set of clips made in code, to train on and to try things out with"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("folder", metavar="FOLDER", help="where the clips and their list clips.csv go")
    add("--clips", type=at_least(1), default=100, metavar="N", help="how many, in all (default: 100)")
    add(
        "--seed",
        type=at_least(0),
        default=1,
        metavar="S",
        help="the same seed makes the same clips (default: 1)",
    )
    add(
        "--held-out",
        type=_share,
        default=0.2,
        metavar="P",
        help="share for validation, and again for testing (default: 0.2)",
    )
    add("--quiet", action="store_true", help="show no progress bar")


def run(args: argparse.Namespace) -> int:
    """Write the clips.

    Raises:
        ConfigError: what it needs is not installed, or the folder cannot be used.
    """
    try:
        command = import_module("training.synthetic.command")
    except ImportError as error:
        raise ConfigError(f"synthesizing needs the extra 'train': {error}") from error
    code: int = command.run(args)
    return code


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 0.5:
        raise argparse.ArgumentTypeError(f"a share from 0 to less than a half is wanted, not {text!r}")
    return share
