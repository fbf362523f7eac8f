import asyncio
from collections.abc import Awaitable, Callable

import pytest

from foveate.errors import OverloadedError
from server.room import WINDOW, Room

MIB = 1 << 20


def busy(message: str) -> OverloadedError:
    return OverloadedError(message, 1.0)


def run(test: Callable[[Room], Awaitable[None]], most: int = 10 * MIB, patience_s: float = 5.0) -> None:
    room = Room(most, patience_s, busy)

    async def bounded() -> None:
        async with asyncio.timeout(2):
            await test(room)

    asyncio.run(bounded())
    assert (room.taken, room.waiting) == (0, 0)


async def started(work: Awaitable[None]) -> "asyncio.Future[None]":
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    return task


def test_room_is_taken_a_window_ahead_of_what_came() -> None:
    async def test(room: Room) -> None:
        share = room.share(9 * MIB)
        assert room.taken == WINDOW
        await share.hold(WINDOW)
        assert room.taken == WINDOW
        await share.hold(WINDOW + 1)
        assert room.taken == 2 * WINDOW + 1
        await share.hold(9 * MIB - 5)
        assert room.taken == 9 * MIB
        share.close()
        share.close()

    run(test)


def test_what_begins_without_room_is_refused() -> None:
    async def test(room: Room) -> None:
        shares = [room.share(9 * MIB) for _ in range(10)]
        with pytest.raises(OverloadedError):
            room.share(1)
        for share in shares:
            share.close()

    run(test)


def test_what_is_under_way_waits_and_the_first_that_came_goes_first() -> None:
    async def test(room: Room) -> None:
        done, first, second = (room.share(9 * MIB) for _ in range(3))
        await done.hold(7 * MIB)
        late = await started(second.hold(2 * MIB))
        early = await started(first.hold(3 * MIB))
        assert room.waiting == 2
        with pytest.raises(OverloadedError):
            room.share(0)  # What there is belongs to those that wait.
        done.close()
        await asyncio.gather(early, late)
        assert room.taken == 4 * MIB + 3 * MIB
        first.close()
        second.close()

    run(test)


def test_what_would_be_overtaken_keeps_its_turn() -> None:
    async def test(room: Room) -> None:
        done, first, second, small = (room.share(9 * MIB) for _ in range(4))
        await done.hold(5 * MIB)
        large = await started(first.hold(6 * MIB))
        late = await started(second.hold(WINDOW + 1))
        small.close()
        await asyncio.sleep(0)
        assert not large.done()
        assert not late.done()
        done.close()
        await asyncio.gather(large, late)
        first.close()
        second.close()

    run(test)


def test_where_all_wait_the_last_that_came_is_refused() -> None:
    async def test(room: Room) -> None:
        first, second, third = (room.share(9 * MIB) for _ in range(3))
        for share in (first, second, third):
            await share.hold(2 * MIB)
        waiting = [await started(share.hold(4 * MIB)) for share in (third, first, second)]
        with pytest.raises(OverloadedError):
            await waiting[0]
        third.close()
        await asyncio.wait([waiting[1]])
        assert waiting[1].exception() is None
        first.close()
        await waiting[2]
        second.close()

    run(test)


def test_nobody_waits_without_end() -> None:
    async def test(room: Room) -> None:
        idle, share = room.share(9 * MIB), room.share(9 * MIB)
        await idle.hold(8 * MIB)
        with pytest.raises(OverloadedError):
            await share.hold(WINDOW + 1)
        assert room.waiting == 0
        share.close()
        idle.close()

    run(test, patience_s=0.01)


def test_what_is_cancelled_leaves_nothing_behind() -> None:
    async def test(room: Room) -> None:
        done, first, second = (room.share(9 * MIB) for _ in range(3))
        await done.hold(7 * MIB)
        early, late = await started(first.hold(4 * MIB)), await started(second.hold(2 * MIB))
        early.cancel()
        done.close()  # Gives the first its turn before it has run again.
        await asyncio.wait([early])
        first.close()
        await late
        second.close()

    run(test)
