"""Room for the bytes of uploads: bounded, taken as they come, and given first to who came first."""

import asyncio
from bisect import insort
from collections.abc import Callable
from itertools import count

from foveate.errors import OverloadedError

WINDOW = 1 << 20
"""Bytes for which an upload has room ahead of those that came.

A length that is only declared takes no more: idle connections would hold all the room there is.
"""


class Room:
    """Counts the bytes of all uploads.

    An upload that finds no room when it begins is refused at once. One that is under way waits, unread, until
    others give room back: those that came first go first, and nothing new begins meanwhile. Where every
    upload waits, so that nobody could give any back, the last that came is refused.

    Args:
        most: bytes at once. One upload by itself must not be larger.
        patience_s: longest wait of an upload that is under way.
        busy: makes the refusal of an upload that finds no room.
    """

    def __init__(self, most: int, patience_s: float, busy: Callable[[str], OverloadedError]) -> None:
        self._most = most
        self._patience_s = patience_s
        self._busy = busy
        self._numbers = count()
        self._open = 0
        self._waiting: list[Share] = []
        self.taken = 0

    @property
    def waiting(self) -> int:
        """Uploads that wait for room."""
        return len(self._waiting)

    def share(self, expected: int) -> "Share":
        """Room for an upload that begins.

        Args:
            expected: most bytes that it may have.

        Raises:
            OverloadedError: there is none.
        """
        first = min(expected, WINDOW)
        if self._waiting or self.taken + first > self._most:
            raise self._full()
        self.taken += first
        self._open += 1
        return Share(self, next(self._numbers), expected, first)

    async def wait(self, share: "Share") -> None:
        """Wait until what a share wants is its own.

        Raises:
            OverloadedError: that took too long, or would have no end.
        """
        share.turn = turn = asyncio.get_running_loop().create_future()
        insort(self._waiting, share, key=lambda each: each.number)
        try:
            self._serve()
            async with asyncio.timeout(self._patience_s):
                await turn
        except TimeoutError:
            raise self._full() from None
        finally:
            if share in self._waiting:
                self._waiting.remove(share)
                self._serve()

    def leave(self, held: int) -> None:
        """A share that held so many bytes was closed."""
        self.taken -= held
        self._open -= 1
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self.taken + self._waiting[0].wanted <= self._most:
            share = self._waiting.pop(0)
            self.taken += share.wanted
            share.grant()
        if 1 < len(self._waiting) == self._open:
            self._waiting.pop().refuse(self._full())

    def _full(self) -> OverloadedError:
        return self._busy("Too many bytes of uploads are in flight already.")


class Share:
    """The room of one upload; to be closed, whatever happens.

    Attributes:
        number: in the order of arrival.
        wanted: bytes that it waits for.
        turn: done when they are its own.
    """

    def __init__(self, room: Room, number: int, expected: int, held: int) -> None:
        self._room = room
        self._expected = expected
        self._held = held
        self._closed = False
        self.number = number
        self.wanted = 0
        self.turn: asyncio.Future[None] | None = None

    async def hold(self, size: int) -> None:
        """Have room for the upload's first bytes.

        Args:
            size: how many came so far.

        Raises:
            OverloadedError: there is none, and none came.
        """
        if size > self._held:
            self.wanted = max(size, min(size + WINDOW, self._expected)) - self._held
            await self._room.wait(self)

    def grant(self) -> None:
        """What was wanted is its own."""
        self._held += self.wanted
        self._end_turn(None)

    def refuse(self, error: OverloadedError) -> None:
        """What was wanted is not to be had."""
        self._end_turn(error)

    def close(self) -> None:
        """Give the room back; again does nothing."""
        if not self._closed:
            self._closed = True
            self._room.leave(self._held)

    def _end_turn(self, error: OverloadedError | None) -> None:
        # Whoever waited may have been cancelled and not have run since; closed, it gives back what it got.
        if self.turn is None or self.turn.done():
            return
        if error is None:
            self.turn.set_result(None)
        else:
            self.turn.set_exception(error)
