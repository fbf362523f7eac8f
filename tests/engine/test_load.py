import pytest

from foveate.engine.load import LoadMeter, SpentShare
from foveate.engine.messages import Options
from tests.engine.simulate import simulation, submit


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


def test_a_share_is_whole_until_a_video_has_taken_less() -> None:
    share = SpentShare()
    assert share.value == 1
    share.note(25, 100)
    assert share.value == pytest.approx(0.25)
    for _ in range(400):
        share.note(60, 80)
    assert share.value == pytest.approx(0.75, rel=0.01)
    for _ in range(400):
        share.note(90, 80)
    assert share.value == 1


def test_what_is_pending_is_what_videos_take_and_not_what_they_might() -> None:
    sim = simulation("v2-exits", judge=lambda video, answer: answer == 1)
    exits = Options(thresholds=(0.0,) * 16)
    submit(sim, "a", "v2-exits", options=exits)
    most = sim.scheduler.pending_cost()
    assert most == sim.scheduler._plans["v2-exits"].manifest.cost.nominal[-1]
    sim.run()
    (left,) = sim.ended
    assert 0 < left.executed < most / 2
    for number in range(3):
        submit(sim, str(number), "v2-exits", options=exits)
    assert sim.scheduler.pending_cost() == pytest.approx(3 * left.executed, rel=0.01)
    # One that may not leave takes all of it, whatever others do.
    submit(sim, "whole", "v2-exits")
    assert sim.scheduler.pending_cost() == pytest.approx(3 * left.executed + most, rel=0.01)


def test_videos_that_fail_say_nothing_of_what_others_take() -> None:
    sim = simulation("v2-exits")
    exits = Options(thresholds=(0.0,) * 16)
    submit(sim, "a", "v2-exits", options=exits)
    most = sim.scheduler.pending_cost()
    sim.step()
    sim.scheduler.cancel("a")
    sim.run()
    submit(sim, "b", "v2-exits", options=exits)
    assert sim.scheduler.pending_cost() == most
