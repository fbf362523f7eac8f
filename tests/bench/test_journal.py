import asyncio

import pytest

from foveate.bench.journal import Journal, joined
from tests.bench.made import BUSY, record, window


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_a_request_counts_where_it_ends() -> None:
    clock, cpu = Clock(), Clock()
    journal = Journal(clock, cpu)
    journal.began()
    journal.began()
    journal.ended(record())
    assert (journal.in_flight, journal.answered_now) == (1, 1)
    clock.time, cpu.time = 5.0, 2.0
    first = journal.cut()
    journal.began()
    journal.ended(record())
    journal.ended(record())
    clock.time = 9.0
    second = journal.cut()
    assert (first.sent, len(first.records), first.in_flight) == (2, 1, (0, 1))
    assert (second.sent, len(second.records), second.in_flight) == (1, 2, (1, 0))
    assert (first.seconds, first.client_cpu_s) == (5, 2)
    assert (second.start, second.end, second.client_cpu_s) == (5, 9, 0)


def test_what_is_not_sent_is_noted() -> None:
    clock = Clock()
    journal = Journal(clock)
    journal.not_sent()
    clock.time = 2.0
    assert journal.seconds == 2
    cut = journal.cut(overdue=3)
    assert (cut.unsent, cut.overdue) == (1, (0, 3))
    following = journal.cut(overdue=1)
    assert (following.unsent, following.overdue) == (0, (3, 1))


def test_only_answers_are_throughput_and_latency() -> None:
    cut = window([record(0.2), record(0.001, BUSY), record(0.4)], seconds=4)
    assert cut.throughput == 0.5
    assert cut.latencies_s == pytest.approx((0.2, 0.4))
    assert cut.failed == (BUSY,)
    assert window([], seconds=0).throughput == 0


def test_two_windows_as_one() -> None:
    first = window([record()], sent=3, unsent=1, overdue=(1, 2), in_flight=(0, 2))
    second = window([record()] * 2, start=10, seconds=2, sent=1, overdue=(2, 5), in_flight=(2, 1))
    both = joined(first, second)
    assert (both.start, both.end, len(both.records), both.sent, both.unsent) == (0, 12, 3, 4, 1)
    assert (both.overdue, both.in_flight, both.client_cpu_s) == ((1, 5), (0, 1), 1.0)


def test_a_window_is_full_once_enough_have_ended() -> None:
    async def go() -> list[bool]:
        journal, full = Journal(Clock()), []
        for _ in range(2):
            waiting = asyncio.ensure_future(journal.filled(2))
            for reply in (None, BUSY):
                journal.ended(record(reply=reply))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                full.append(waiting.done())
            journal.cut()
        journal.ended(record())
        await asyncio.wait_for(journal.filled(1), 1)
        return full

    assert asyncio.run(go()) == [False, True, False, True]


def test_cpu_time_is_of_this_process() -> None:
    journal = Journal(Clock())
    total = sum(number * number for number in range(200_000))
    assert total
    assert journal.cut().client_cpu_s > 0
