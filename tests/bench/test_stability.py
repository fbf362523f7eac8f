from dataclasses import replace

import numpy as np
import pytest

from foveate.bench.stability import steady
from tests.bench.made import BUSY, RULES, record, window


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([(100, 0.1)] * 2, False),
        ([(100, 0.1)] * 3, True),
        ([(10, 9.0), (100, 0.1), (100, 0.1), (100, 0.1)], True),
        ([(100, 0.1), (100, 0.1), (10, 0.1)], False),
        ([(100, 0.1), (100, 0.1), (100, 0.2)], False),
        ([(95, 0.105), (100, 0.1), (105, 0.095)], True),
        ([(100, 0.1), (100, 0.1), (0, 0.1)], False),
        ([(0, 0.1)] * 3, False),
    ],
)
def test_the_last_three_windows_must_agree(facts: list[tuple[int, float]], expected: bool) -> None:
    assert steady([window([record(latency)] * count) for count, latency in facts], RULES) is expected


def test_the_edge_belongs_to_it() -> None:
    counts = (90, 100, 110)
    assert steady([window([record()] * count) for count in counts], RULES)
    assert not steady([window([record()] * count) for count in counts], replace(RULES, within=0.09))


def test_the_watched_latency() -> None:
    seconds = [0.1] * 90 + [1.0] * 10
    assert RULES.watched == "p95"
    assert RULES.latency_s(seconds) == 1.0
    mean = replace(RULES, percentile=None)
    assert mean.watched == "mean"
    assert mean.latency_s(seconds) == pytest.approx(0.19)
    assert np.isnan(RULES.latency_s([]))


def test_what_is_left_of_a_window() -> None:
    assert RULES.is_sliver(window([record()] * 9, seconds=4.9))
    assert not RULES.is_sliver(window([], seconds=5.0))
    by_count = replace(RULES, window_s=None, window_requests=10)
    assert by_count.is_sliver(window([record()] * 4, seconds=99))
    assert not by_count.is_sliver(window([record()] * 4 + [record(reply=BUSY)], seconds=0.1))


def test_failures_are_no_throughput() -> None:
    full, failing = window([record()] * 10), window([record()] * 5 + [record(reply=BUSY)] * 5)
    assert not steady([full, full, failing], RULES)
