"""What surrounds every request: its id, its line in the log, its count, and an answer whatever happens.

Plain ASGI: a middleware that runs the application in a task of its own would hide from it that its client
has gone.
"""

import asyncio
import json
import logging
import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foveate.errors import UnavailableError
from server.clients import Clients
from server.errors import ClientGone, refusal_of
from server.problems import problem_response
from server.telemetry import Telemetry

log = logging.getLogger("foveate.access")
errors = logging.getLogger("foveate.errors")

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_DESCRIPTION = "/openapi.json"
"""A route of the framework's own, which leaves no mark."""
_METHOD = 405
_CLIENT_GONE = 499
_LINGER_S = 2.0


class Envelope:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, clients: Clients) -> None:
        self._app = app
        self._telemetry = telemetry
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a connection; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        # Where the protocol has refused the body already, it has made one.
        state.setdefault("request_id", asked if _SANE_ID.fullmatch(asked) else uuid.uuid4().hex)
        state["arrived"] = time.monotonic()
        if scope["method"] == "HEAD":
            # Every resource that can be got can be asked for its head; the protocol drops the body.
            scope = {**scope, "method": "GET", "asked": "HEAD"}
        exchange = _Exchange(receive, send, state["request_id"], _has_body(headers))
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientGone:
            exchange.status = _CLIENT_GONE
        except asyncio.CancelledError:
            # Only the server itself cancels a request: at the end of its patience when it shuts down.
            await self._refuse(scope, exchange)
        except Exception as error:
            await self._fail(scope, exchange, error)
        finally:
            self._note(scope, exchange)

    async def _fail(self, scope: Scope, exchange: "_Exchange", error: Exception) -> None:
        errors.error("request_id=%s failed", scope["state"]["request_id"], exc_info=error)
        if exchange.started:
            raise error
        response = problem_response(Request(scope), refusal_of(RuntimeError()))
        await response(scope, exchange.receive, exchange.send)

    async def _refuse(self, scope: Scope, exchange: "_Exchange") -> None:
        if exchange.started:
            raise asyncio.CancelledError
        exchange.give_up()
        refusal = refusal_of(UnavailableError("The server is shutting down."))
        await problem_response(Request(scope), refusal)(scope, exchange.receive, exchange.send)

    def _note(self, scope: Scope, exchange: "_Exchange") -> None:
        state = scope["state"]
        seconds = time.monotonic() - state["arrived"]
        # What the protocol refused in the middle of a body, it has answered itself.
        status = state.get("refused", exchange.status)
        path = scope["path"]
        route = scope.get("route")
        self._telemetry.request(_name(path) if route is None else route.path, status, seconds)
        self._telemetry.received(exchange.received)
        if status == _CLIENT_GONE:
            self._telemetry.abandoned("gone")
        log.info(
            "method=%s path=%s status=%d ms=%.1f bytes=%d client=%s request_id=%s%s",
            scope.get("asked", scope["method"]),
            json.dumps(path),
            status,
            seconds * 1000,
            exchange.received,
            self._clients.of(scope),
            state["request_id"],
            "".join(f" {name}={value}" for name, value in state.get("noted", {}).items()),
        )


def _name(path: str) -> str:
    """What a request that matched no route of ours is counted under."""
    return path if path == _DESCRIPTION else "unmatched"


def _with_head(allowed: str) -> str:
    """What an Allow header says, and HEAD where it says GET."""
    methods = {method.strip() for method in allowed.split(",")} - {""}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _has_body(headers: Headers) -> bool:
    """Whether a request has a body, which must be read before the next request on its connection."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


class _Exchange:
    """The messages of one request, watched on their way."""

    def __init__(self, receive: Receive, send: Send, request_id: str, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._unread = has_body
        self.status = 0
        self.started = False
        self.received = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self._unread = message.get("more_body", False)
        else:
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            if self.status == _METHOD:
                headers["Allow"] = _with_head(headers.get("Allow", ""))
            if self._unread:
                headers["Connection"] = "close"
        elif self._unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def give_up(self) -> None:
        """Do not wait for the rest of the body."""
        self._unread = False

    async def _linger(self) -> None:
        """Let a client that is still sending read its refusal before the connection is reset.

        Closing a socket that holds unread bytes resets it, and the client loses the answer. What comes in
        the meantime is dropped.
        """
        try:
            async with asyncio.timeout(_LINGER_S):
                while self._unread:
                    message = await self._receive()
                    self._unread = message["type"] == "http.request" and message.get("more_body", False)
        except TimeoutError:
            return
