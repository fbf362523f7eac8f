"""``foveate serve``: answer over HTTP."""

import argparse
import signal
from collections.abc import Iterable
from typing import Any

NAME = "serve"
HELP = "serve bundles over HTTP"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for every setting of the server."""
    from server.settings import PREFIX, Settings

    parser.epilog = f"Every flag has a twin in the environment: --some-flag is {PREFIX}SOME_FLAG."
    for name, field in Settings.model_fields.items():
        flag, default = f"--{name.replace('_', '-')}", field.default
        if isinstance(default, tuple):
            default = ",".join(map(str, default))
        shown = "" if default in (None, "") else f" (default: {default})"
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
    """Have SIGTERM interrupt the start, and SIGHUP if it is not ignored, until the server listens itself.

    Process 1 of a container would ignore it. So would one that ignores SIGINT because it was started in the
    background, if this only passed the one on as the other.
    """

    def interrupt(*_: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, interrupt)
    # Whose default would end the process: what is read at this moment need not be read anew.
    signal.signal(signal.SIGUSR1, lambda *_: None)


def _metavar(name: str) -> str:
    units: Iterable[tuple[str, str]] = (
        ("_s", "SECONDS"),
        ("bytes", "BYTES"),
        ("folder", "DIR"),
        ("cache", "DIR"),
    )
    return next((unit for ending, unit in units if name.endswith(ending)), "VALUE")
