"""The generator's HTTP client. One event loop; aiohttp, because its own cost a request is small."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError

from foveate.bench.facts import ServedApi, ServedModel, ServedModels
from foveate.bench.inputs import Item
from foveate.bench.reply import Failure, Reason, Reply, read_reply
from foveate.errors import ConfigError, UnavailableError

# Servers commonly close a connection after five idle seconds. One that closes just as it is used again
# would look like a failed request.
_IDLE_S = 3.0
# From here on aiohttp wants a file to read from, not to hold up its loop.
_LARGE = 1 << 20
_WHO = (401, 403)

M = TypeVar("M", bound=BaseModel)


class Client:
    """Posts items to one path of a server. Redirects are not followed: what it sends may be secret.

    Args:
        session: of aiohttp.
        url: of the server.
        path: of the route.
        parameters: sent with every request, in its query.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, path: str, parameters: Mapping[str, str]
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._target = f"{self._url}{path}"
        self._parameters = dict(parameters)

    async def ask(self, item: Item) -> Reply:
        """Post an item; whatever goes wrong comes back as a failure."""
        body = item.body if len(item.body) < _LARGE else io.BytesIO(item.body)
        try:
            async with self._session.post(
                self._target,
                data=body,
                headers=item.headers,
                params=self._parameters,
                allow_redirects=False,
            ) as response:
                return read_reply(response.status, response.headers, await response.read())
        except TimeoutError:
            return Failure(Reason.TIMEOUT, "timeout")
        except (aiohttp.ClientError, OSError) as error:
            return Failure(Reason.OTHER, f"connection {type(error).__name__}", str(error))

    async def model(self, name: str | None) -> ServedModel:
        """Make sure that the server takes work, and learn what it serves.

        Args:
            name: of the model; None for the server's own choice.

        Raises:
            UnavailableError: the server cannot be reached or is not ready.
            ConfigError: it has no such model, or is no server of this kind.
        """
        status, text = await self._get("/readyz")
        if status == 503:
            detail = read_reply(status, {"Content-Type": "application/problem+json"}, text)
            reason = detail.detail if isinstance(detail, Failure) else ""
            raise UnavailableError(f"{self._url} is not ready. {reason}".rstrip())
        models = await self._read(ServedModels, "/v1/models")
        found = models.pick(name)
        if found is None:
            names = ", ".join(model.name for model in models.models)
            raise ConfigError(f"{self._url} has no model {name!r}; it has: {names}")
        return await self._read(ServedModel, f"/v1/models/{quote(found, safe='')}")

    async def version(self) -> str:
        """The server's own version; "unknown" where it does not tell."""
        _, text = await self._get("/openapi.json")
        try:
            return ServedApi.model_validate_json(text).info.version
        except ValidationError:
            return "unknown"

    async def _read(self, kind: type[M], path: str) -> M:
        status, text = await self._get(path)
        if status in _WHO:
            raise ConfigError(f"{self._url}{path} answers {status}: it does not let you in; see --header")
        try:
            return kind.model_validate_json(text)
        except ValidationError:
            raise ConfigError(
                f"{self._url} is no server of this kind: {path} answered {status} with something else"
            ) from None

    async def _get(self, path: str) -> tuple[int, bytes]:
        try:
            async with self._session.get(f"{self._url}{path}", allow_redirects=False) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise UnavailableError(f"{self._url}{path} does not answer") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
            raise UnavailableError(f"{self._url} cannot be reached: {reason}") from error


@asynccontextmanager
async def connected(timeout_s: float, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientSession]:
    """A session without a bound of connections, cookies or proxies.

    Args:
        timeout_s: most seconds of a request, from its start to its last byte.
        headers: of every request; those that an item has of its own come before them.
    """
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S)
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(timeout_s, 10.0)),
    ) as session:
        yield session
    # Transports close in the next turns of the loop.
    await asyncio.sleep(0)
