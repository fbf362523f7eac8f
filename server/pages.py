"""Pages of the slab, first come, first served."""

import asyncio
from collections import deque
from collections.abc import Iterable

from foveate.errors import UnavailableError
from foveate.video.slab import Slab


class PageGate:
    """Gives out pages in the order in which they are asked for. Belongs to one event loop.

    A large request is not overtaken by small ones behind it, so that none waits for ever.
    """

    def __init__(self, slab: Slab) -> None:
        self._slab = slab
        self._waiting: deque[tuple[int, asyncio.Future[tuple[int, ...]]]] = deque()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Requests that wait for pages."""
        return len(self._waiting)

    async def take(self, count: int) -> tuple[int, ...]:
        """Take pages, waiting for them if need be; a cancelled wait takes none.

        Raises:
            UnavailableError: the gate is closed.
        """
        if self._closed:
            raise UnavailableError("The server is shutting down.")
        if not self._waiting and (pages := self._slab.allocate(count)) is not None:
            return pages
        turn: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        place = (count, turn)
        self._waiting.append(place)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give(turn.result())
            elif place in self._waiting:
                self._waiting.remove(place)
                self._serve()
            raise

    def give(self, pages: Iterable[int]) -> None:
        """Take pages back and serve whoever waits for them."""
        self._slab.free(pages)
        self._serve()

    def close(self) -> None:
        """Refuse whoever waits, and all who come."""
        self._closed = True
        while self._waiting:
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(UnavailableError("The server is shutting down."))

    def _serve(self) -> None:
        while self._waiting:
            count, turn = self._waiting[0]
            if not turn.done():
                pages = self._slab.allocate(count)
                if pages is None:
                    return
                turn.set_result(pages)
            self._waiting.popleft()
