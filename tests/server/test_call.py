import asyncio
import time

import pytest
from starlette.types import Message

from foveate.errors import DeadlineError, UnavailableError
from server.call import Call
from server.errors import ClientGone


async def never() -> Message:
    await asyncio.sleep(60)
    raise AssertionError


async def gone() -> Message:
    return {"type": "http.disconnect"}


async def long() -> int:
    await asyncio.sleep(60)
    return 1


async def short() -> int:
    return 7


def test_the_earlier_deadline_holds() -> None:
    call = Call("a", 100.0, never)
    assert call.deadline(None, 0) is None
    assert call.deadline(None, 5) == 105
    assert call.deadline(2000, 5) == 102
    assert call.deadline(9000, 5) == 105
    assert call.deadline(9000, 0) == 109


def test_work_is_waited_for() -> None:
    async def run() -> int:
        return await Call("a", 0, never).wait_for(asyncio.ensure_future(short()), None)

    assert asyncio.run(run()) == 7


def test_work_is_cancelled_when_nobody_wants_it() -> None:
    async def run() -> None:
        for receive, deadline, error in (
            (gone, None, ClientGone),
            (never, time.monotonic() + 0.02, DeadlineError),
            (never, time.monotonic() - 1, DeadlineError),
        ):
            work = asyncio.ensure_future(long())
            with pytest.raises(error):
                await Call("a", 0, receive).wait_for(work, deadline)
            await asyncio.wait([work])
            assert work.cancelled()

    asyncio.run(run())


def test_a_body_that_the_server_gave_up_is_said() -> None:
    async def run() -> None:
        call = Call("a", 0, never)
        assert await call.wait_for_body(asyncio.ensure_future(short())) == 7
        reading = asyncio.ensure_future(long())
        asyncio.get_running_loop().call_soon(reading.cancel)
        with pytest.raises(UnavailableError):
            await call.wait_for_body(reading)
        reading = asyncio.ensure_future(long())
        request = asyncio.ensure_future(call.wait_for_body(reading))
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])
        assert request.cancelled()
        assert reading.cancelled()

    asyncio.run(run())


def test_work_the_server_gave_up_is_said() -> None:
    async def run() -> None:
        work = asyncio.ensure_future(long())
        asyncio.get_running_loop().call_later(0.01, work.cancel)
        with pytest.raises(UnavailableError):
            await Call("a", 0, never).wait_for(work, None)

    asyncio.run(run())
