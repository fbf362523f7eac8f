"""One request: its name, its times, and waiting for its work no longer than anybody wants it."""

import asyncio
import time
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.types import Receive

from foveate.errors import DeadlineError, UnavailableError
from server.errors import ClientGone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a request before it is read.

    Attributes:
        id: the client's, or made.
        arrived: on the monotonic clock.
        receive: gives the body, and then word of the client's leaving.
    """

    id: str
    arrived: float
    receive: Receive

    @classmethod
    def of(cls, request: Request) -> "Call":
        """Read off a request that came through the envelope."""
        return cls(request.state.request_id, request.state.arrived, request.receive)

    def deadline(self, asked_ms: int | None, default_s: float) -> float | None:
        """The earlier of the request's deadline and the server's, on the monotonic clock; None for none."""
        limits = [default_s] if default_s else []
        limits += [asked_ms / 1000] if asked_ms is not None else []
        return self.arrived + min(limits) if limits else None

    async def wait_for(self, work: "asyncio.Task[T]", deadline: float | None) -> T:
        """Wait for work until it is done, the client has gone or the deadline has passed.

        In the two latter cases it is cancelled and not waited for: it cleans up by itself.

        Raises:
            ClientGone: the client closed the connection.
            DeadlineError: the deadline passed.
            UnavailableError: the server gave the work up.
        """
        gone = asyncio.ensure_future(self._left())
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            await asyncio.wait({work, gone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if work.cancelled():
                raise UnavailableError("The server is shutting down.")
            if work.done():
                return work.result()
            if gone.done():
                raise ClientGone
            raise passed()
        finally:
            gone.cancel()
            work.cancel()

    async def wait_for_body(self, reading: "asyncio.Task[T]") -> T:
        """Wait until the body is read, by what hears of the client's leaving itself.

        Raises:
            UnavailableError: the server gave the reading up.
        """
        try:
            return await reading
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if this is not None and this.cancelling():
                raise
            raise UnavailableError("The server is shutting down.") from None

    async def _left(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def passed() -> DeadlineError:
    """What to tell when a deadline has passed."""
    return DeadlineError("The deadline passed before the answer was ready.")
