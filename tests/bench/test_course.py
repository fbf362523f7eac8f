from typing import Any

import pytest

from foveate.bench.course import Course, Search, Sweep, borne, course_of
from foveate.bench.plan import LevelPlan, SearchPlan
from foveate.bench.schemas import Found, Level
from tests.bench.made import BUSY, level, record, window
from tests.bench.test_setup import options

RATE = LevelPlan("rate", 1, poisson=False, seed=7)


def measured(rate: float, latency_s: float, kind: Any = "rate", sent: int = 100, refused: int = 0) -> Level:
    records = [record(latency_s)] * 100 + [record(reply=BUSY)] * refused
    return level(*[window(records, sent=sent)] * 3, kind=kind, load=rate)


def rates_of(course: Course, capacity: float) -> list[float]:
    """The rates that are measured of a server whose latency is 0.1 s up to a capacity, and 1 s above."""
    rates = []
    while (plan := course.next()) is not None:
        rates.append(plan.load)
        course.note(measured(plan.load, 0.1 if plan.load <= capacity else 1.0))
        assert len(rates) < 50
    return rates


def searched(
    lowest: float, highest: float, capacity: float, within: float = 0.05
) -> tuple[list[float], Found]:
    course = Search(SearchPlan(lowest, highest, within), RATE, limit_s=0.5)
    rates = rates_of(course, capacity)
    found = course.found()
    assert found is not None
    assert (found.watched, found.limit_ms, course.ended) == ("p95", 500, "complete")
    return rates, found


def test_levels_in_their_order_up_to_the_limit() -> None:
    plans = [LevelPlan("concurrency", clients) for clients in (1, 2, 4, 8)]
    whole, limited = Sweep(plans, None), Sweep(plans, 0.5)
    assert rates_of(whole, capacity=2) == [1, 2, 4, 8]
    assert rates_of(limited, capacity=2) == [1, 2, 4]
    assert (whole.ended, limited.ended) == ("complete", "latency-limit")
    assert whole.found() is limited.found() is None


@pytest.mark.parametrize("capacity", [1.0, 1.01, 3.0, 7.77, 50.0, 63.9])
def test_a_limit_is_found_between_two_rates(capacity: float) -> None:
    rates, found = searched(1, 64, capacity)
    assert rates[:2] == [1, 64]
    assert found.borne is not None
    assert found.too_much is not None
    assert found.borne <= capacity < found.too_much <= found.borne * 1.05
    assert {found.borne, found.too_much} <= set(rates)
    # The factor of 64 is halved until 1.05 is left: log(log 64 / log 1.05) / log 2 is 6.4.
    assert len(rates) == 2 + 7


def test_a_limit_that_lies_outside() -> None:
    assert searched(1, 64, capacity=0.5) == ([1], Found(watched="p95", limit_ms=500, borne=None, too_much=1))
    assert searched(1, 64, capacity=99)[0] == [1, 64]
    assert searched(1, 64, capacity=99)[1].too_much is None


def test_rates_that_cannot_be_told_apart_end_it() -> None:
    rates, found = searched(1, 1.002, capacity=1.0005, within=1e-9)
    assert rates == [1, 1.002, 1.001]
    assert (found.borne, found.too_much) == (1, 1.001)


def test_levels_of_a_search_differ_in_their_rate_only() -> None:
    plan = Search(SearchPlan(3, 9, 0.1), RATE, 1).next()
    assert plan == LevelPlan("rate", 3, poisson=False, seed=7)


def test_what_is_borne() -> None:
    assert borne(measured(30, 0.1), 0.1001)
    assert not borne(measured(30, 0.1), 0.0999)
    # 30 of 330 are refused, at once.
    assert not borne(measured(33, 0.1, sent=110, refused=10), 0.5)
    assert borne(measured(30, 0.1, sent=101, refused=1), 0.5)
    # A tenth of what is due is not answered yet, whatever the latency of what is.
    assert not borne(measured(11, 0.1, sent=111), 0.5)
    assert not borne(level(window([]), kind="rate"), 0.5)


def test_what_was_asked_for() -> None:
    assert isinstance(course_of(options()), Sweep)
    assert isinstance(course_of(options(search=SearchPlan(1, 2, 0.1), limit_s=1.0)), Search)
    assert Search(SearchPlan(1, 2, 0.1), RATE, 1).found() is None
