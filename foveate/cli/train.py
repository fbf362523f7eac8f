"""``foveate train``: train networks on videos. Needs the extra ``train``; serving does not."""

import argparse
from importlib import import_module

from foveate.errors import ConfigError

NAME = "train"
HELP = "train networks as a configuration says, resuming where the last run was stopped"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("config", metavar="CONFIG", help="configuration of the run, a TOML file")
    parser.add_argument("--quiet", action="store_true", help="show no progress bars")


def run(args: argparse.Namespace) -> int:
    """Train.

    Raises:
        ConfigError: what training needs is not installed.
        FoveateError: whatever else the caller can mend.
    """
    # By name and only now: whoever serves has no torch, and nothing here may need it.
    try:
        command = import_module("training.command")
    except ImportError as error:
        raise ConfigError(f"training needs the extra 'train': {error}") from error
    code: int = command.run(args)
    return code
