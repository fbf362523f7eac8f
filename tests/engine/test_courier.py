import asyncio
import threading
from collections.abc import Callable, Iterable

import pytest

from foveate.engine.courier import Courier
from foveate.engine.messages import Failure, Released
from foveate.errors import DeadlineError


def test_pages_are_freed_when_released_and_not_before() -> None:
    freed: list[int] = []

    async def run() -> None:
        courier = Courier(freed.extend)
        courier.bind(asyncio.get_running_loop())
        video = courier.next_id()
        answer = courier.expect(video, (3, 4))
        threading.Thread(target=courier.deliver, args=([Failure(video, DeadlineError("late"))],)).start()
        with pytest.raises(DeadlineError):
            await answer
        assert (freed, courier.waiting) == ([], 1)
        courier.deliver([Released(video)])
        await asyncio.sleep(0)
        assert (freed, courier.waiting) == ([3, 4], 0)

    asyncio.run(run())


def test_nobody_waits_any_more() -> None:
    async def run() -> None:
        courier = Courier(lambda pages: None)
        courier.bind(asyncio.get_running_loop())
        video = courier.next_id()
        courier.expect(video, ()).cancel()
        courier.deliver([Failure(video, DeadlineError("late")), Released(video)])
        await asyncio.sleep(0)
        assert courier.waiting == 0

    asyncio.run(run())


def test_one_call_to_the_loop_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    freed: list[int] = []

    def free(pages: Iterable[int]) -> None:
        freed.extend(pages)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        courier = Courier(free)
        courier.bind(loop)
        names = [courier.next_id() for _ in range(5)]
        for number, name in enumerate(names):
            courier.expect(name, (number,))
        plain = loop.call_soon_threadsafe

        def watched(call: Callable[..., object], *arguments: object) -> asyncio.Handle:
            calls.append(call)
            return plain(call, *arguments)

        monkeypatch.setattr(loop, "call_soon_threadsafe", watched)
        courier.deliver([Released(name) for name in names])
        await asyncio.sleep(0)

    asyncio.run(run())
    assert len(calls) == 1
    assert freed == [0, 1, 2, 3, 4]


def test_a_video_the_engine_did_not_take_gives_its_pages_back() -> None:
    freed: list[int] = []

    async def run() -> None:
        courier = Courier(freed.extend)
        courier.expect("a", (1,))
        courier.forget("a")

    asyncio.run(run())
    assert freed == [1]


def test_a_late_lane_does_no_harm() -> None:
    async def run() -> Courier:
        courier = Courier(lambda pages: None)
        courier.bind(asyncio.get_running_loop())
        return courier

    asyncio.run(run()).deliver([Released("a")])
