"""The two ways of loading a server: clients that wait for their answer, and requests that come regardless."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from foveate.bench.inputs import Item
from foveate.bench.journal import Journal, Record
from foveate.bench.reply import Failure, Reason, Reply

Ask = Callable[[Item], Awaitable[Reply]]
"""Posts an item; failures come back as replies."""

_NO_HINT_S = 1.0
_BROKEN_S = 0.1


class ClosedLoop:
    """A fixed number of clients, each posting again as soon as it is answered.

    A client that is refused waits as long as the server asks (a second where it does not say), so that
    refusals are not counted by how fast they can be had.

    Args:
        clients: at once.
        ask: posts an item.
        items: endless.
        journal: takes the notes.
    """

    def __init__(self, clients: int, ask: Ask, items: Iterator[Item], journal: Journal) -> None:
        self._clients = clients
        self._ask = ask
        self._items = items
        self._journal = journal

    async def run(self) -> None:
        """Post until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._clients):
                group.create_task(self._client())

    def overdue(self) -> int:
        """Nothing is ever due here before it is sent."""
        return 0

    async def _client(self) -> None:
        while True:
            reply = await _exchange(self._ask, next(self._items), self._journal, self._journal.clock())
            if isinstance(reply, Failure):
                await asyncio.sleep(_pause_s(reply))


class OpenLoop:
    """Requests sent when they are due, however many are under way.

    Latency counts from the moment a request was due, so a server that stalls the generator does not hide
    behind requests sent later.

    Args:
        arrivals: ascending seconds since the start at which requests are due.
        ask: posts an item.
        items: endless.
        journal: takes the notes.
        most: requests under way; what is due beyond is noted as not sent.
    """

    def __init__(
        self, arrivals: Iterator[float], ask: Ask, items: Iterator[Item], journal: Journal, most: int
    ) -> None:
        self._arrivals = arrivals
        self._ask = ask
        self._items = items
        self._journal = journal
        self._most = most
        self._start = journal.clock()
        self._due: float | None = None
        self._ahead: deque[float] = deque()

    async def run(self) -> None:
        """Send until the arrivals end, then wait for the last reply; or until cancelled."""
        clock = self._journal.clock
        self._start = clock()
        self._due = self._next()
        async with asyncio.TaskGroup() as group:
            while self._due is not None:
                while (left := self._due - clock()) > 0:
                    await asyncio.sleep(left)
                due, self._due = self._due, self._next()
                if self._journal.in_flight >= self._most:
                    self._journal.not_sent()
                else:
                    group.create_task(_exchange(self._ask, next(self._items), self._journal, due))
                # Even when behind, the replies get their turn.
                await asyncio.sleep(0)

    def overdue(self) -> int:
        """Requests that are due and not yet sent, because the generator is behind."""
        now, due, late = self._journal.clock(), self._due, 0
        looked_at: list[float] = []
        while due is not None and due <= now:
            late += 1
            if (due := self._next()) is not None:
                looked_at.append(due)
        self._ahead.extendleft(reversed(looked_at))
        return late

    def _next(self) -> float | None:
        if self._ahead:
            return self._ahead.popleft()
        offset = next(self._arrivals, None)
        return None if offset is None else self._start + offset


async def _exchange(ask: Ask, item: Item, journal: Journal, due: float) -> Reply:
    journal.began()
    sent = journal.clock()
    reply = await ask(item)
    ended = journal.clock()
    journal.ended(Record(due, sent, ended, reply, input=item.name, label=item.label))
    return reply


def _pause_s(failure: Failure) -> float:
    if failure.reason is Reason.REFUSED:
        return _NO_HINT_S if failure.retry_after_s is None else failure.retry_after_s
    return _BROKEN_S
