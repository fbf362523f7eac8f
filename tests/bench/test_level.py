import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

import pytest

from foveate.bench.inputs import Item
from foveate.bench.journal import Journal, Window
from foveate.bench.level import Measured, measure
from foveate.bench.loads import Ask, ClosedLoop, OpenLoop
from foveate.bench.reply import Failure, Reason, Reply
from foveate.bench.stability import Rules
from tests.bench import virtual
from tests.bench.made import ITEM, answer

RULES = Rules(warmup_s=10, window_s=10, most=6, within=0.1, percentile=95)


def taking(seconds: Iterator[float]) -> Ask:
    async def ask(item: Item) -> Reply:
        await asyncio.sleep(next(seconds))
        return answer()

    return ask


def closed_loop(
    seconds: Iterator[float], stop_at: float | None = None
) -> tuple[Measured, list[Window], float]:
    async def go() -> tuple[Measured, list[Window], float]:
        journal, stop, seen = Journal(virtual.now), asyncio.Event(), list[Window]()
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        load = ClosedLoop(2, taking(seconds), repeat(ITEM), journal)
        return await measure(load, journal, RULES, stop, seen.append), seen, virtual.now()

    return virtual.run(go())


def test_three_windows_of_a_steady_server() -> None:
    measured, seen, end = closed_loop(repeat(0.3))
    assert measured.steady is True
    assert measured.windows == tuple(seen)
    assert [window.start for window in seen] == pytest.approx([10, 20, 30])
    assert end == pytest.approx(40)


def test_the_warm_up_is_dropped() -> None:
    def slow_at_first() -> Iterator[float]:
        yield from (5.0, 5.0)
        yield from repeat(0.1)

    measured, _, _ = closed_loop(slow_at_first())
    assert max(latency for window in measured.windows for latency in window.latencies_s) < 0.2


def test_it_goes_on_until_it_is_steady() -> None:
    def slow_for_a_time() -> Iterator[float]:
        for _ in range(2):
            yield 20.0
        yield from repeat(0.3)

    measured, _, _ = closed_loop(slow_for_a_time())
    assert measured.steady is True
    assert len(measured.windows) == 4


def test_a_server_that_is_never_steady() -> None:
    slower = (0.1 * 1.02**number for number in range(10**6))
    measured, _, _ = closed_loop(slower)
    assert measured.steady is False
    assert len(measured.windows) == RULES.most


def test_stopping_keeps_what_was_measured() -> None:
    measured, _, end = closed_loop(repeat(0.3), stop_at=24)
    assert measured.steady is None
    assert [window.seconds for window in measured.windows] == pytest.approx([14])
    assert end == pytest.approx(24)
    assert [window.seconds for window in closed_loop(repeat(0.3), stop_at=26)[0].windows] == pytest.approx(
        [10, 6]
    )
    assert closed_loop(repeat(0.3), stop_at=5)[0] == Measured((), None)


def test_a_trace_is_measured_from_end_to_end() -> None:
    async def go() -> Measured:
        journal = Journal(virtual.now)
        load = OpenLoop(iter((0.0, 5.0, 14.0)), taking(repeat(2.0)), repeat(ITEM), journal, 10)
        return await measure(load, journal, RULES, asyncio.Event(), lambda _: None, whole=True)

    measured = virtual.run(go())
    assert measured.steady is None
    assert [window.seconds for window in measured.windows] == pytest.approx([10, 6])
    assert sum(len(window.answered) for window in measured.windows) == 3


def counted(reply: Reply, requests: int, most: int = 6) -> Measured:
    rules = replace(RULES, window_s=None, window_requests=requests, most=most)

    async def ask(item: Item) -> Reply:
        await asyncio.sleep(0.3)
        return reply

    async def go() -> Measured:
        journal = Journal(virtual.now)
        load = ClosedLoop(2, ask, repeat(ITEM), journal)
        return await measure(load, journal, rules, asyncio.Event(), lambda _: None)

    return virtual.run(go())


def test_windows_of_requests() -> None:
    measured = counted(answer(), requests=20)
    assert measured.steady is True
    assert [len(window.records) for window in measured.windows] == [20, 20, 20]
    # Two clients that are answered together, after the warm-up.
    assert [window.seconds for window in measured.windows] == pytest.approx([2.9, 3.0, 3.0])


def test_windows_of_requests_end_where_nothing_is_answered() -> None:
    measured = counted(Failure(Reason.OTHER, "500"), requests=20, most=4)
    assert measured.steady is False
    assert [len(window.records) for window in measured.windows] == [20] * 4


def test_a_trace_in_windows_of_requests() -> None:
    async def go(arrivals: int) -> list[int]:
        journal = Journal(virtual.now)
        load = OpenLoop(map(float, range(arrivals)), taking(repeat(0.5)), repeat(ITEM), journal, 10)
        rules = replace(RULES, window_s=None, window_requests=4)
        measured = await measure(load, journal, rules, asyncio.Event(), lambda _: None, whole=True)
        return [len(window.records) for window in measured.windows]

    assert virtual.run(go(10)) == [4, 4, 2]
    assert virtual.run(go(9)) == [4, 5]


def test_a_defect_of_the_load_comes_out() -> None:
    async def go() -> None:
        async def ask(item: Item) -> Reply:
            raise RuntimeError("a defect")

        journal = Journal(virtual.now)
        load = ClosedLoop(1, ask, repeat(ITEM), journal)
        await measure(load, journal, RULES, asyncio.Event(), lambda _: None)

    with pytest.raises(ExceptionGroup) as raised:
        virtual.run(go())
    assert raised.group_contains(RuntimeError, match="a defect")
