"""Reading a request's body: counted, bounded, never waited for without end, and not dribbled."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

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
        stall_s: seconds of waiting in which enough of them must come.
        rate: how many a second are enough; one byte is the least.
    """

    def __init__(self, receive: Receive, room: Share, limit: int, stall_s: float, rate: int) -> None:
        self._receive = receive
        self._room = room
        self._limit = limit
        self._stall_s = stall_s
        self._enough = max(1, round(rate * stall_s))
        self._left_s = stall_s
        self._seen = 0
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece; none of them empty.

        Raises:
            ClientGone: the client closed the connection.
            Refusal: too many bytes, or too few for too long.
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
        if self.size - self._seen >= self._enough:
            self._seen, self._left_s = self.size, self._stall_s
        # Only what the client takes counts: not the wait for room, nor for a disk.
        begun = monotonic()
        try:
            async with asyncio.timeout(self._left_s):
                return await self._receive()
        except TimeoutError:
            message = f"Fewer than {self._enough} bytes of the body came in {self._stall_s:g} s."
            raise Refusal(Problems.STALLED, message) from None
        finally:
            self._left_s -= monotonic() - begun


def _too_large(limit: int) -> Refusal:
    return Refusal(Problems.TOO_LARGE, f"The body is larger than {limit} bytes.")
