"""``foveate serve``: answer over HTTP."""

import argparse
import signal
from collections.abc import Iterable
from typing import Any

NAME = "serve"
HELP = "serve bundles over HTTP"
_AGAIN_S = 2.0
"""Seconds after which an interrupted start is interrupted again."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for every setting of the server."""
    from server.settings import PREFIX, Settings

    parser.epilog = f"Every flag has a twin in the environment: --some-flag is {PREFIX}SOME_FLAG."
    for name, field in Settings.model_fields.items():
        flag, default = f"--{name.replace('_', '-')}", field.default
        shown = "" if default in (None, ()) else f" (default: {default})"
        text = f"{field.description}{shown}".replace("%", "%%")
        # Values are checked where those of the environment are; what is not given is left to it.
        common: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": text}
        if name == "bundle":
            parser.add_argument(flag, action="append", metavar="DIR", **common)
        else:
            parser.add_argument(flag, metavar=_metavar(name), **common)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        FoveateError: whatever the caller can mend.
    """
    heed_sigterm()
    from server.run import serve
    from server.settings import Settings, read_settings

    given = {name: value for name, value in vars(args).items() if name in Settings.model_fields}
    return serve(read_settings(given))


def heed_sigterm() -> None:
    """Have SIGTERM interrupt the start, until the server listens to it itself.

    Process 1 of a container would ignore it. An interrupt can be lost where Python throws away what is
    raised, as in callbacks while it imports: so it comes again until it is heard.
    """

    def interrupt(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGALRM, interrupt)


def _metavar(name: str) -> str:
    units: Iterable[tuple[str, str]] = (
        ("_s", "SECONDS"),
        ("bytes", "BYTES"),
        ("folder", "DIR"),
        ("cache", "DIR"),
    )
    return next((unit for ending, unit in units if name.endswith(ending)), "VALUE")
