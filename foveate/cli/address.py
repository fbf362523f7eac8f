"""Where a server is and what it wants to be told of who asks, for the commands that talk to one."""

import argparse
import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from foveate.errors import ConfigError

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)[ \t]*")
_HIDDEN = "***"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """A server.

    Attributes:
        url: without what may be secret in it, and without a slash at its end.
        headers: of every request; their values may be secret.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)


def add_header_flag(parser: argparse.ArgumentParser) -> None:
    """Declare ``--header``."""
    parser.add_argument(
        "--header",
        type=_pair,
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="sent with every request, as what a proxy wants to be told of who asks. May be given again; a "
        "name and a password may also stand in the URL",
    )


def read_address(url: str, pairs: Iterable[Pair]) -> Address:
    """The server of a URL, and the headers that were given; a name and password in the URL become one.

    Raises:
        ConfigError: it is no URL of a server, or a header is given twice.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise ConfigError(f"{url.rpartition('@')[2]!r} is no URL of the form http://HOST:PORT")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError(f"{url.rpartition('@')[2]!r} is no URL: {error}") from None
    who, _, host = parts.netloc.rpartition("@")
    login = [("Authorization", f"Basic {base64.b64encode(unquote(who).encode()).decode()}")] if who else []
    headers: dict[str, str] = {}
    for name, value in [*login, *pairs]:
        if name.lower() in map(str.lower, headers):
            raise ConfigError(f"the header {name} is given twice")
        headers[name] = value
    return Address(urlunsplit(parts._replace(netloc=host)).rstrip("/"), headers)


def without_secrets(arguments: Sequence[str], url: str, pairs: Sequence[Pair]) -> Iterator[str]:
    """A command line as it may be shown.

    Args:
        arguments: as they were typed.
        url: one of them.
        pairs: the headers among them.
    """
    for argument in arguments:
        flag, equals, text = argument.partition("=") if argument.startswith("-") else ("", "", argument)
        match = _HEADER.fullmatch(text)
        if argument == url:
            yield read_address(url, ()).url
        elif match is not None and (match[1], match[2]) in pairs:
            yield f"{flag}{equals}{match[1]}: {_HIDDEN}"
        else:
            yield argument


def _pair(text: str) -> Pair:
    match = _HEADER.fullmatch(text)
    if match is None:
        # Without the text, which may be secret.
        raise argparse.ArgumentTypeError("a header of the form 'NAME: VALUE' is wanted")
    return match[1], match[2]
