"""The ``foveate`` command: finds the sub-command and turns errors meant for people into one line."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Protocol, cast

from foveate import __version__
from foveate.cli.pipes import GONE, drop_output, reader_has_gone
from foveate.errors import FoveateError

_COMMANDS = (
    "serve",
    "eval",
    "bench",
    "calibrate",
    "health",
    "runtimes",
    "engines",
    "export",
    "bundle",
    "golden",
    "synthesize",
    "train",
)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Command(Protocol):
    """What a module of a sub-command offers. Importing it is cheap; running it imports what it needs."""

    NAME: str
    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit code. Raises FoveateError for what the caller can mend."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 refused or failed, 2 misused."""
    # ONNX Runtime's published wheels report to their maker, unless told not to before they are loaded.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        try:
            return _run(arguments)
        finally:
            # Here and not as the interpreter ends, where a failure would be complained about.
            print(end="", flush=True)
    except BrokenPipeError:
        if not reader_has_gone():
            raise
        drop_output()
        return GONE
    except OSError as error:
        if error.errno not in _FULL:
            raise
        with suppress(OSError):  # standard error may lead to the same place
            print(f"foveate: the output cannot be written: {error.strerror}", file=sys.stderr)
        drop_output()
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    commands = {command.NAME: command for command in map(_load, _COMMANDS)}
    args = _parser(commands).parse_args(arguments)
    try:
        return commands[args.command].run(args)
    except FoveateError as error:
        print(f"foveate {args.command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        print(f"foveate {args.command}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _load(name: str) -> Command:
    return cast(Command, import_module(f"foveate.cli.{name}"))


def _parser(commands: dict[str, Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="foveate",
        description="Serve video classifiers that look twice, and make the bundles they run from.",
    )
    parser.add_argument("--version", action="version", version=f"foveate {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in commands.values():
        command.configure(subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP))
    return parser


if __name__ == "__main__":
    sys.exit(main())
