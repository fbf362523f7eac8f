"""HTTP/1.1 as h11 reads it: a few events at a time, and strict where servers in a row might differ."""

import re
from http import HTTPStatus
from typing import Any

import h11

MOST_HEAD_BYTES = 64 << 10
"""Of a request's head, or of the trailer after its body: more is refused unread."""

MOST_HEAD_LINES = 500
"""Each costs h11 some of the event loop's time, however short it is."""

_EVENTS_A_TURN = 64
_HEAD_END = re.compile(rb"\n\r?\n")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_FRAMINGS = {b"content-length", b"transfer-encoding"}


class Framing(h11.Connection):
    """What has come on a connection, as events.

    A body may be cut into chunks of one byte, and what was read at once would then take a second of the event
    loop. So no more than some events are given in a turn, and the rest in later ones.

    Attributes:
        too_large: whether a head, a trailer or a chunk's first line was refused for its size.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MOST_HEAD_BYTES)
        self._left = 0
        self.too_large = False

    @property
    def tired(self) -> bool:
        """Whether there may be more events, though none are given in this turn."""
        return self._left == 0

    def rest(self) -> None:
        """Begin a turn."""
        self._left = _EVENTS_A_TURN

    def receive_data(self, data: bytes) -> None:
        """Bytes came; an empty line before a request is no part of it (RFC 9112, section 2.2)."""
        between = self.their_state in (h11.IDLE, h11.DONE)
        if between and data.startswith(b"\r\n") and not self.trailing_data[0]:
            data = data[2:]
            if not data:
                return  # No bytes would say that the client has closed.
        super().receive_data(data)

    def next_event(self) -> Any:
        """The next event; ``NEED_DATA`` too where the turn is over.

        Raises:
            RemoteProtocolError: what came is no HTTP, or could be read in two ways.
        """
        if self.tired:
            return h11.NEED_DATA
        self._left -= 1
        try:
            self._bound_head()
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            self.too_large = error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise
        if not isinstance(event, h11.Request):
            return event
        # Its end follows at once where it has no body, and must be there before it is answered.
        self._left += 1
        return _sound(event)

    def _bound_head(self) -> None:
        # h11 bounds what is incomplete alone, and by its bytes alone; a head may come in one piece.
        if self.their_state is not h11.IDLE:
            return
        come = self.trailing_data[0]
        end = _HEAD_END.search(come)
        length = end.end() if end else len(come)
        if length > MOST_HEAD_BYTES or come.count(b"\n", 0, length) > MOST_HEAD_LINES:
            raise h11.RemoteProtocolError("too much of a head", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def _sound(request: h11.Request) -> h11.Request:
    if {name for name, _ in request.headers} >= _FRAMINGS:
        # A proxy in front may have gone by the other one, and taken the rest for another's request.
        raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding", 400)
    found = _ABSOLUTE.match(request.target)
    if found is None:
        return request
    # The form for proxies is to be taken too (RFC 9112, section 3.2.2).
    path = request.target[found.end() :]
    return h11.Request(
        method=request.method,
        headers=request.headers,
        target=path if path.startswith(b"/") else b"/" + path,
        http_version=request.http_version,
    )
