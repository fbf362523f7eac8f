"""Reading a request's body: counted, bounded, and never waited for without end."""

import asyncio
from collections.abc import AsyncIterator

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from server.errors import ClientGone, Problems, Refusal
from server.room import Share


def declared_length(headers: Headers, limit: int) -> int | None:
    """Content-Length, if there is one.

    Raises:
        Refusal: it is beyond the limit, so that no byte of it needs to be read.
    """
    value = headers.get("content-length")
    if value is None or not value.isascii() or not value.isdigit():
        return None
    if int(value) > limit:
        raise _too_large(limit)
    return int(value)


class Body:
    """The bytes of one request as they come.

    Args:
        receive: of the request.
        room: in which the bytes are counted.
        limit: most bytes.
        stall_s: longest wait for the next of them.
    """

    def __init__(self, receive: Receive, room: Share, limit: int, stall_s: float) -> None:
        self._receive = receive
        self._room = room
        self._limit = limit
        self._stall_s = stall_s
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece; none of them empty.

        Raises:
            ClientGone: the client closed the connection.
            Refusal: too many bytes, or none for too long.
            OverloadedError: too many bytes are in flight in all requests together, and that did not change.
        """
        more = True
        while more:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message.get("more_body", False)
            if chunk := message.get("body", b""):
                self.size += len(chunk)
                if self.size > self._limit:
                    raise _too_large(self._limit)
                await self._room.hold(self.size)
                yield chunk

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._stall_s):
                return await self._receive()
        except TimeoutError:
            raise Refusal(Problems.STALLED, f"No byte of the body came for {self._stall_s:g} s.") from None


def _too_large(limit: int) -> Refusal:
    return Refusal(Problems.TOO_LARGE, f"The body is larger than {limit} bytes.")
