"""``foveate golden``: hold networks, graphs, the engine and its rules to golden numbers.

Needs the extra ``export``; serving does not.
"""

import argparse
from importlib import import_module

from foveate.errors import ConfigError

NAME = "golden"
HELP = "compare everything with a folder of golden numbers"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder of golden sets: .json, .npz and fill.py")
    parser.add_argument(
        "--set", action="append", metavar="NAME", help="run this set alone; may be given again (default: all)"
    )
    parser.add_argument("--gpu", type=int, metavar="N", help="run the engine's part on this GPU, by torch")
    parser.add_argument(
        "--precision",
        choices=("fp32", "fp16"),
        default="fp32",
        help="of the bundles: in fp16 numbers may be off as much as an export allows, patches not at all",
    )


def run(args: argparse.Namespace) -> int:
    """Compare; exit code 1 where an array is missed or a set cannot be run.

    Raises:
        ConfigError: what comparing needs is not installed, or there are no such sets.
    """
    # By name and only now: whoever serves has no torch, and nothing here may need it.
    try:
        command = import_module("export.golden_run")
    except ImportError as error:
        raise ConfigError(f"comparing needs the extras 'export' and 'cpu': {error}") from error
    code: int = command.run(args)
    return code
