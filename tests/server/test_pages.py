import asyncio

import pytest

from foveate.errors import UnavailableError
from foveate.video.slab import Slab
from server.pages import PageGate


@pytest.fixture
def slab() -> Slab:
    return Slab(16, 4)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _first_come_first_served(slab: Slab) -> None:
    gate = PageGate(slab)
    first = await gate.take(3)
    large = asyncio.create_task(gate.take(4))
    await turns()
    small = asyncio.create_task(gate.take(1))
    await turns()
    assert gate.waiting == 2  # one page is free, but the large one was first
    gate.give(first)
    pages = await large
    assert not small.done()
    gate.give(pages)
    gate.give(await small)
    assert slab.free_pages == 4


def test_first_come_first_served(slab: Slab) -> None:
    asyncio.run(_first_come_first_served(slab))


async def _cancelled(slab: Slab) -> None:
    gate = PageGate(slab)
    first = await gate.take(3)
    large = asyncio.create_task(gate.take(4))
    small = asyncio.create_task(gate.take(1))
    await turns()
    large.cancel()
    await turns()
    # Whoever stood behind it is served at once.
    gate.give(await small)
    # Cancelled in the very moment in which it is served.
    late = asyncio.create_task(gate.take(4))
    await turns()
    gate.give(first)
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert (slab.free_pages, gate.waiting) == (4, 0)


def test_a_cancelled_wait_takes_nothing(slab: Slab) -> None:
    asyncio.run(_cancelled(slab))


async def _closed(slab: Slab) -> None:
    gate = PageGate(slab)
    pages = await gate.take(4)
    waiting = asyncio.create_task(gate.take(1))
    await turns()
    gate.close()
    for wait in (waiting, gate.take(1)):
        with pytest.raises(UnavailableError):
            await wait
    gate.give(pages)
    assert slab.free_pages == 4


def test_a_closed_gate_refuses(slab: Slab) -> None:
    asyncio.run(_closed(slab))
