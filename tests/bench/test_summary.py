import numpy as np
import pytest

from foveate.bench.summary import distribution
from tests.bench.made import BUSY, TIMEOUT, answer, level, record, window


def test_percentiles_are_those_of_numpy() -> None:
    seconds = np.random.default_rng(0).exponential(size=999).tolist()
    found = distribution(seconds)
    assert found is not None
    expected = np.percentile(seconds, [50, 90, 95, 99, 100]) * 1000
    assert [found.p50, found.p90, found.p95, found.p99, found.max] == pytest.approx(expected)
    assert found.count == 999
    assert found.mean == pytest.approx(np.mean(seconds) * 1000)
    assert found.sd == pytest.approx(np.std(seconds) * 1000)
    assert distribution([]) is None


def test_the_last_three_windows_are_reported() -> None:
    slow = window([record(9.0)] * 2)
    found = level(slow, *(window([record(0.1)] * count) for count in (90, 100, 110)))
    assert (len(found.windows), found.reported_windows) == (4, 3)
    assert (found.seconds, found.answered, found.sent) == (30, 300, 300)
    throughput = found.throughput
    assert (throughput.mean, throughput.min, throughput.max) == (10, 9, 11)
    assert found.latency_ms is not None
    assert found.latency_ms.max == pytest.approx(100)
    assert found.watched_ms == pytest.approx(100)
    assert found.windows[0].latency_ms == pytest.approx(9000)


def test_all_of_a_trace_is_reported() -> None:
    windows = [window([record()] * 10) for _ in range(4)]
    found = level(*windows, window([record()] * 8, seconds=5), kind="trace", load=1, steady=None)
    assert found.reported_windows == 5
    assert (found.throughput.min, found.throughput.max) == (1, 1.6)
    assert found.throughput.mean == pytest.approx(48 / 45)


def test_failures_are_told_apart() -> None:
    unsaid = type(BUSY)(BUSY.reason, "429")
    found = level(window([record(reply=reply) for reply in (BUSY, BUSY, unsaid, TIMEOUT, answer())]))
    assert found.failed == {"429 overloaded": 2, "429": 1, "timeout": 1}
    assert (found.refused.count, found.refused.with_retry_after) == (3, 2)
    assert (found.refused.retry_after_mean_s, found.refused.retry_after_max_s) == (2, 2)
    assert (found.timeouts, found.answered) == (1, 1)


def test_a_level_without_answers() -> None:
    found = level(window([record(reply=TIMEOUT)]))
    assert (found.latency_ms, found.watched_ms) == (None, None)
    assert (found.compute, found.overhead_ms) == (None, None)
    assert (found.throughput.mean, found.stages_ms) == (0, {})
    assert level(window([])).refused.retry_after_max_s is None


def test_stages_and_what_comes_on_top() -> None:
    bare = answer(stages_ms={"decode": 70.0})
    found = level(window([record(0.1, lag_s=0.004), record(0.1, bare)]), kind="rate")
    assert found.stages_ms["decode"].mean == pytest.approx(60)
    assert found.stages_ms["total"].count == 1
    assert found.overhead_ms is not None
    assert found.overhead_ms.mean == pytest.approx(6)


def test_compute_and_exits() -> None:
    early = answer(gflops=1.0, gflops_nominal=1.0, exit="confidence", answers=4, degraded=True)
    found = level(window([record(reply=answer())] * 3 + [record(reply=early)])).compute
    assert found is not None
    assert (found.gflops, found.gflops_nominal, found.degraded) == (1.75, 2.5, 0.25)
    assert found.exits == {"complete": 3, "confidence": 1}
    assert found.answers == {4: 1, 16: 3}


def test_accuracy_is_of_those_with_a_label() -> None:
    found = level(window([record(label=label) for label in (1, 1, 0, None)])).accuracy
    assert found is not None
    assert (found.labelled, found.correct) == (3, 2)
    assert found.top1 == pytest.approx(2 / 3)
    assert level(window([record()])).accuracy is None


def test_the_generator() -> None:
    records = [record(lag_s=lag) for lag in (0.0, 0.009, 0.011, 0.05)]
    found = level(window(records, unsent=3, overdue=(1, 2), client_cpu_s=4.0), kind="rate", load=1)
    assert (found.generator.late, found.generator.unsent, found.generator.cpu_share) == (2, 5, 0.4)
    assert found.generator.lag_ms is not None
    assert found.generator.lag_ms.max == pytest.approx(50)
    assert found.offered == 0.8
    closed = level(window(records))
    assert (closed.offered, closed.generator.lag_ms) == (None, None)


def test_those_under_way_are_told() -> None:
    found = level(window([record()], in_flight=(2, 4)), window([record()], in_flight=(4, 7)))
    assert (found.in_flight_at_start, found.in_flight_at_end) == (2, 7)
