"""HTTP/1.1 on the wire, with refusals of what is no HTTP in the form of all others."""

import asyncio
import logging
import uuid
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from server.errors import Kind, Problems
from server.flow import Flow
from server.framing import MOST_HEAD_BYTES, MOST_HEAD_LINES, Framing
from server.logs import facts
from server.problems import MEDIA_TYPE, PATH
from server.schemas import Problem
from server.telemetry import Telemetry

log = logging.getLogger("foveate.access")

ROUTE = "no-http"
"""What requests that are no HTTP are counted under."""
LOGGER = "foveate.http"
"""Whose warnings say no more than lines of the access log."""


_DETAILS = {
    Problems.BAD_REQUEST.value.status: "This is no HTTP/1.1 request.",
    Problems.HEAD_TOO_LARGE.value.status: "The head, a trailer or the first line of a chunk has more "
    f"than {MOST_HEAD_BYTES >> 10} KiB, or the head more than {MOST_HEAD_LINES} lines.",
}


class Protocol(H11Protocol):
    """uvicorn's protocol; bytes that are no request never reach the application.

    A client that offers to upgrade the connection is served as one that does not: the offer may be ignored,
    and the body that comes with it is the request's (RFC 9110, section 7.8).

    Args:
        telemetry: in which refusals are counted.
        prefix: what a proxy puts before every path.
        given: what uvicorn gives.

    Attributes:
        head_timeout_s: seconds for the head of a request, after which the connection is closed. uvicorn has
            no such limit, so that connections which never finish one would pile up.
        linger_s: seconds that a client which is still sending is given to read its refusal. To close at once
            would reset the connection, and the refusal with it.
    """

    head_timeout_s = 15.0
    linger_s = 2.0

    def __init__(self, telemetry: Telemetry, prefix: str, **given: Any) -> None:
        super().__init__(**given)
        self._telemetry = telemetry
        self._prefix = prefix
        self._head_timer: asyncio.TimerHandle | None = None
        self.conn = self._framing = Framing()
        self._refused = False
        self.logger = logging.getLogger(LOGGER)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.flow = self._flow = Flow(transport, self.loop)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._refused:
            return
        super().data_received(data)
        # uvicorn has stopped its own clock, whatever these bytes were.
        self._watch_head()

    def handle_events(self) -> None:
        """Handle what came, as much of it as one turn of the loop may take."""
        self._framing.rest()
        super().handle_events()
        if self._refused or self.transport.is_closing():
            return
        if self._framing.tired:
            self._flow.hold()
            self.loop.call_soon(self._go_on)
            return
        self._flow.let_go()

    def _go_on(self) -> None:
        if not self._refused and not self.transport.is_closing():
            self.handle_events()
            self._watch_head()

    def on_response_complete(self) -> None:
        """A request was answered."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._flow.await_reader()
        elif self.conn.trailing_data[0]:
            # A part of the next head has come already; uvicorn would wait for the rest as for a new request.
            self._watch_head()

    def shutdown(self) -> None:
        """The server stops."""
        if self._refused:
            self.transport.close()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _should_upgrade(self) -> bool:
        return False

    def _watch_head(self) -> None:
        """Have the clock run from when a head is awaited until it is there, however its bytes dribble in."""
        if self._refused:
            return
        if self.transport.is_closing() or self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP request, or too large a head, and close the connection.

        Where they are the body of a request that is being answered already, there is nothing to add.
        """
        self._refused = True
        if not self._running:
            self._answer(self._note())
            return
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        if self.cycle.response_started:
            self.transport.close()
            return
        # The application takes its client to have gone; the envelope notes what that was told here.
        state: dict[str, Any] = self.scope["state"]
        state["refused"] = self._kind.status
        self._answer(state.setdefault("request_id", uuid.uuid4().hex))

    @property
    def _running(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _kind(self) -> Kind:
        """Of what is wrong with the bytes that were refused."""
        problem = Problems.HEAD_TOO_LARGE if self._framing.too_large else Problems.BAD_REQUEST
        return problem.value

    def _answer(self, request_id: str) -> None:
        self.transport.write(_page(self._kind, self._prefix, request_id))
        self.transport.write_eof()
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self._flow.let_go()
        self._flow.resume_reading()
        self._head_timer = self.loop.call_later(self.linger_s, self.transport.close)

    def _note(self) -> str:
        request_id, status = uuid.uuid4().hex, self._kind.status
        self._telemetry.request(ROUTE, status, 0.0)
        client = self.client[0] if self.client else None
        log.info(facts(method=None, path=None, status=status, client=client, request_id=request_id))
        return request_id


def _page(kind: Kind, prefix: str, request_id: str) -> bytes:
    body = Problem(
        type=prefix + PATH + kind.slug,
        title=kind.title,
        status=kind.status,
        detail=_DETAILS[kind.status],
        instance="",
        request_id=request_id,
        errors=[],
    ).model_dump_json()
    status = HTTPStatus(kind.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    return (head + body).encode("ascii")
