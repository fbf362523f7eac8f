from math import cos, pi

import pytest

from tests.training.end_to_end.tiny import stage
from training.schedule import rate_at
from training.taught import GlanceStage


def test_a_stage_of_adafocus_falls_from_step_to_step() -> None:
    glance = GlanceStage(kind="glance", epochs=2, rate=0.1)
    assert [rate_at(glance, step, 4) for step in (0, 1, 2)] == pytest.approx(
        [0.1, 0.05 * (1 + cos(pi / 4)), 0.05]
    )


def test_end_to_end_it_falls_from_epoch_to_epoch() -> None:
    whole = stage(epochs=50, rate=0.002)
    rates = [rate_at(whole, step, 350) for step in range(350)]
    assert rates[:7] == [0.002] * 7
    assert rates[7:14] == pytest.approx([0.001 * (1 + cos(pi / 50))] * 7)
    assert len(set(rates)) == 50


def test_drops_are_to_a_tenth() -> None:
    whole = stage(epochs=50, rate=0.01, schedule="drops")
    rates = [rate_at(whole, epoch * 3, 150) for epoch in (0, 19, 20, 39, 40)]
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.001, 0.0001])
