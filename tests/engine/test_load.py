import pytest

from foveate.engine.load import LoadMeter


def test_nothing_is_known_before_the_first_batch() -> None:
    meter = LoadMeter(2)
    assert meter.rate is None
    assert meter.seconds_for(100) is None
    meter.note(0, 1.0)
    assert meter.rate is None


def test_the_rate_is_of_all_lanes_while_busy() -> None:
    meter = LoadMeter(2)
    for _ in range(10):
        meter.note(50, 0.5)
    assert meter.rate == pytest.approx(200)
    assert meter.seconds_for(400) == pytest.approx(2)


def test_the_rate_follows_a_change() -> None:
    meter = LoadMeter(1)
    for _ in range(200):
        meter.note(100, 1.0)
    for _ in range(200):
        meter.note(10, 1.0)
    assert meter.rate == pytest.approx(10, rel=0.2)
