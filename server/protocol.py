"""HTTP/1.1 on the wire, with refusals of what is no HTTP in the form of all others."""

import asyncio
import uuid
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.errors import Problems
from server.problems import MEDIA_TYPE, PATH
from server.schemas import Problem


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol; bytes that are no request never reach the application.

    Attributes:
        head_timeout_s: seconds for the head of a request, after which the connection is closed. uvicorn has
            no such limit, so that connections which never finish one would pile up.
    """

    head_timeout_s = 15.0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head of a request is complete."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._stop_waiting()
        self._head_timer = self.loop.call_later(self.head_timeout_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP request, and close the connection."""
        kind = Problems.BAD_REQUEST.value
        request_id = uuid.uuid4().hex
        body = Problem(
            type=PATH + kind.slug,
            title=kind.title,
            status=kind.status,
            detail=msg,
            instance="",
            request_id=request_id,
            errors=[],
        ).model_dump_json()
        status = HTTPStatus(kind.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write((head + body).encode("ascii", "replace"))
        self.transport.close()
