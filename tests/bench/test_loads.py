import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import repeat

import pytest

from foveate.bench.arrivals import constant
from foveate.bench.inputs import Item
from foveate.bench.journal import Journal, Window
from foveate.bench.loads import ClosedLoop, OpenLoop
from foveate.bench.reply import Failure, Reason, Reply
from tests.bench import virtual
from tests.bench.made import BUSY, ITEM, answer

Ask = Callable[[Item], Awaitable[Reply]]


def replying(seconds: float, reply: Reply | None = None) -> Ask:
    async def ask(item: Item) -> Reply:
        await asyncio.sleep(seconds)
        return reply or answer()

    return ask


async def for_a_while(load: ClosedLoop | OpenLoop, journal: Journal, seconds: float) -> Window:
    task = asyncio.ensure_future(load.run())
    await asyncio.sleep(seconds)
    cut = journal.cut(load.overdue())
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return cut


def closed(ask: Ask, clients: int, seconds: float) -> Window:
    async def go() -> Window:
        journal = Journal(virtual.now)
        return await for_a_while(ClosedLoop(clients, ask, repeat(ITEM), journal), journal, seconds)

    return virtual.run(go())


def opened(ask: Ask, rate: float, seconds: float, most: int = 100) -> Window:
    async def go() -> Window:
        journal = Journal(virtual.now)
        return await for_a_while(OpenLoop(constant(rate), ask, repeat(ITEM), journal, most), journal, seconds)

    return virtual.run(go())


def test_clients_post_again_when_answered() -> None:
    cut = closed(replying(0.5), clients=3, seconds=2.25)
    assert (len(cut.answered), cut.sent, cut.in_flight[1]) == (12, 15, 3)
    assert cut.latencies_s == pytest.approx([0.5] * 12)


def test_refused_clients_wait_as_asked() -> None:
    cut = closed(replying(0, BUSY), clients=1, seconds=9)
    assert len(cut.failed) == 5
    unsaid = Failure(Reason.REFUSED, "429")
    assert len(closed(replying(0, unsaid), clients=1, seconds=4.5).failed) == 5


def test_a_broken_connection_is_not_hammered() -> None:
    broken = Failure(Reason.OTHER, "connection ServerDisconnectedError")
    assert len(closed(replying(0, broken), clients=1, seconds=1.05).failed) == 11


def test_requests_are_sent_when_due_whatever_the_server_does() -> None:
    cut = opened(replying(3), rate=10, seconds=2.05)
    assert (cut.sent, cut.in_flight[1], len(cut.answered)) == (21, 21, 0)


def test_a_stall_of_the_server_is_not_omitted() -> None:
    """A server that answers one at a time and stalls for a second: all who came meanwhile waited."""
    lock, stalls = asyncio.Lock(), iter([1.0])

    async def ask(item: Item) -> Reply:
        async with lock:
            await asyncio.sleep(next(stalls, 0.01))
        return answer()

    cut = opened(ask, rate=10, seconds=4.05)
    waited = [latency for latency in cut.latencies_s if latency > 0.05]
    assert len(waited) == 11
    assert max(waited) == pytest.approx(1.0)


def test_latency_counts_from_due_where_the_generator_is_late() -> None:
    blocks = iter([0.5])

    async def ask(item: Item) -> Reply:
        virtual.block(next(blocks, 0))
        await asyncio.sleep(0.01)
        return answer()

    cut = opened(ask, rate=10, seconds=2.05)
    late = [record for record in cut.records if record.sent - record.due > 0.01]
    assert len(late) == 4
    assert max(record.sent - record.due for record in late) == pytest.approx(0.4)
    assert max(cut.latencies_s) == pytest.approx(0.51)


def test_what_could_not_be_sent_by_the_end_is_overdue() -> None:
    async def go() -> tuple[int, int, int]:
        journal = Journal(virtual.now)
        load = OpenLoop(constant(10), replying(0.01), repeat(ITEM), journal, 100)
        task = asyncio.ensure_future(load.run())
        await asyncio.sleep(0.95)
        virtual.block(1.0)
        behind = load.overdue(), load.overdue()
        await asyncio.sleep(0.001)
        task.cancel()
        return *behind, journal.cut(load.overdue()).sent

    # Looking does not take requests away: those overdue are sent as soon as it can be.
    assert virtual.run(go()) == (10, 10, 20)


def test_more_than_allowed_are_not_sent() -> None:
    cut = opened(replying(100), rate=10, seconds=1.05, most=4)
    assert (cut.sent, cut.unsent, cut.in_flight[1]) == (4, 7, 4)


def test_a_trace_ends_with_its_last_reply() -> None:
    async def go() -> tuple[float, int]:
        journal = Journal(virtual.now)
        await OpenLoop(iter((0.0, 1.0, 1.0)), replying(5), repeat(ITEM), journal, 10).run()
        return virtual.now(), len(journal.cut().answered)

    assert virtual.run(go()) == (6, 3)


def test_nothing_is_overdue_in_a_closed_loop() -> None:
    async def go() -> int:
        return ClosedLoop(1, replying(1), repeat(ITEM), Journal(virtual.now)).overdue()

    assert virtual.run(go()) == 0
