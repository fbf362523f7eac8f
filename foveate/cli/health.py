"""``foveate health``: whether a server takes work and its GPU answers; a container's health check."""

import argparse
import http.client
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from foveate.cli.address import Address, add_header_flag, read_address
from foveate.errors import ConfigError, UnavailableError
from foveate.runtimes.nvidia_smi import COMMAND, list_gpus

NAME = "health"
HELP = "ask a server whether it takes work; exit code 1 where it does not"

_LONGEST_S = 3600
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "url",
        nargs="?",
        metavar="URL",
        help="where the server is (default: where the environment tells a server of this machine to listen)",
    )
    add_header_flag(parser)
    parser.add_argument(
        "--gpu",
        action="store_true",
        help=f"the server must run on a GPU. With or without this flag, a server that says that it runs on "
        f"one is only healthy while {COMMAND} lists the GPUs without an error.",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="patience with each answer (default: 5)",
    )


def run(args: argparse.Namespace) -> int:
    """Ask, and say in one line what was found.

    Raises:
        UnavailableError: the server does not take work, is not where it should be, or its GPU is not well.
        ConfigError: the URL or the patience is none.
    """
    if not 0 < args.timeout <= _LONGEST_S:
        raise ConfigError(f"--timeout: more than 0 and at most {_LONGEST_S} seconds, not {args.timeout:g}")
    server = read_address(args.url or _own_url(), args.header)
    _get(server, "/readyz", args.timeout)
    found = ["ready"]
    # Without the driver's tool there is no GPU to look after, and the server is spared two questions.
    if args.gpu or shutil.which(COMMAND):
        device = _device(server, args.timeout)
        found.append(f"on {device}")
        if device.lower() != "cpu":
            found += [f"gpu {gpu.index}: {gpu.name}" for gpu in list_gpus(args.timeout)]
        elif args.gpu:
            raise UnavailableError("the server runs on the CPU, and a GPU was asked for")
    print(", ".join(found))
    return 0


def _own_url() -> str:
    from server.settings import read_settings

    settings = read_settings({})
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _device(server: Address, timeout_s: float) -> str:
    """The device of the default model, as the server gives it."""
    try:
        models = json.loads(_get(server, "/v1/models", timeout_s))["models"]
        name = urllib.parse.quote(models[0]["name"], safe="")
        model = json.loads(_get(server, f"/v1/models/{name}", timeout_s))
        return str(model["runtime"]["device"])
    except (ValueError, LookupError, TypeError):
        raise UnavailableError(
            f"{server.url} does not say what it runs on: it is no server of this kind"
        ) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what is sent may be secret."""

    def redirect_request(self, *_: object) -> None:
        return None


def _get(server: Address, path: str, timeout_s: float) -> bytes:
    url = f"{server.url}{path}"
    # A proxy of the environment is for the way out, not for this one.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
    try:
        request = urllib.request.Request(url, headers=dict(server.headers))
        with opener.open(request, timeout=timeout_s) as response:
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as error:
        with error:
            raise UnavailableError(f"{url} answers {error.code}: {_detail(error)}") from None
    except (ValueError, http.client.InvalidURL) as error:
        raise ConfigError(f"{url} is no URL: {error}") from None
    except (OSError, http.client.HTTPException) as error:
        reason: Any = getattr(error, "reason", error)
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise UnavailableError(f"{url} does not answer: {text}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["detail"])
    except (ValueError, LookupError, TypeError, OSError):
        return str(error.reason)
