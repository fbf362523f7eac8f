"""What surrounds every request: its id, its line in the log, its count, and an answer whatever happens.

Plain ASGI: a middleware that runs the application in a task of its own would hide from it that its client
has gone.
"""

import asyncio
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
from server.logs import facts
from server.prefix import put_under
from server.problems import problem_response
from server.telemetry import Telemetry
from server.trace import trace_id_of

log = logging.getLogger("foveate.access")
errors = logging.getLogger("foveate.errors")

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_DESCRIPTION = "/openapi.json"
_PROBES = ("/livez", "/readyz", "/metrics")
"""Routes that are asked every few seconds: what is well is logged at debug only."""
_METHOD = 405
_CLIENT_GONE = 499
_LINGER_S = 2.0


class Envelope:
    """The outermost layer of the application.

    Args:
        app: inside it.
        telemetry: in which requests are counted.
        clients: tells who asks.
        prefix: under which a proxy offers it.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, clients: Clients, prefix: str = "") -> None:
        self._app = app
        self._telemetry = telemetry
        self._clients = clients
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a connection; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        put_under(self._prefix, scope)
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        # Where the protocol has refused the body already, it has made one.
        state.setdefault("request_id", asked if _SANE_ID.fullmatch(asked) else uuid.uuid4().hex)
        state["trace_id"] = trace_id_of(headers)
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
        errors.error(facts(msg="a request failed", **_names(scope["state"])), exc_info=error)
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
        route = _route(scope)
        self._telemetry.request(route, status, seconds, state.get("model", ""))
        self._telemetry.received(exchange.received)
        if status == _CLIENT_GONE:
            self._telemetry.abandoned("gone")
        well = route in _PROBES and status < 400
        log.log(
            logging.DEBUG if well else logging.INFO,
            facts(
                method=scope.get("asked", scope["method"]),
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
                bytes=exchange.received,
                client=self._clients.of(scope),
                **_names(state),
                **state.get("noted", {}),
            ),
        )


def _names(state: MutableMapping[str, Any]) -> dict[str, str]:
    """By what the lines of a request can be found: its id, its trace and its model, if it has them."""
    found = {name: state.get(name) for name in ("request_id", "trace_id", "model")}
    return {name: value for name, value in found.items() if value}


def _route(scope: Scope) -> str:
    """What a request is counted under."""
    route = scope.get("route")
    if route is not None:
        path: str = route.path
        return path
    # The framework's own route leaves no mark.
    return _DESCRIPTION if scope["path"] == scope.get("root_path", "") + _DESCRIPTION else "unmatched"


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
