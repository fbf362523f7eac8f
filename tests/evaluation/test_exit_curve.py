from itertools import pairwise

import numpy as np
import pytest

from foveate.bundle.vocabulary import Measure
from foveate.errors import ConfigError
from foveate.evaluation.exit_curve import (
    PUBLISHED_RATIOS,
    cheapest_within,
    parse_ratios,
    solve_curve,
    with_point,
)
from foveate.evaluation.solver import Point, Solver
from tests.evaluation.made_logits import made_logits


def point(cost: float, accuracy: float) -> Point:
    return Point((0.0,), (1.0,), cost, accuracy)


def test_every_published_sweep_is_in_the_default() -> None:
    ratios = parse_ratios(PUBLISHED_RATIOS)
    published = [*np.arange(5, 40) / 10, *np.arange(1, 20) / 20, *np.arange(1, 400) / 100]
    published += [40, 400, 4000, 40000]
    assert len(ratios) == 403
    assert all(min(abs(ratio - other) for other in ratios) < 1e-9 for ratio in published)


def test_ratios_in_each_form() -> None:
    assert parse_ratios("2") == (2.0,)
    assert parse_ratios("0.5, 1:2:0.5") == (0.5, 1.0, 1.5, 2.0)


@pytest.mark.parametrize("text", ["", "x", "1:2", "1:2:0", "2:1:0.5", "1:2:-1", "0:1e9:1e-9", "1:inf:1"])
def test_what_is_no_list_of_ratios(text: str) -> None:
    with pytest.raises(ConfigError, match="is no list of ratios"):
        parse_ratios(text)


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "0:1:0.5"])
def test_ratios_are_above_zero(text: str) -> None:
    with pytest.raises(ConfigError, match="a number above zero"):
        parse_ratios(text)


def test_a_curve_rises_in_cost_and_accuracy_from_end_to_end() -> None:
    logits, labels = made_logits(300, 5, 7)
    solver = Solver.of(logits, (1, 2, 3, 4, 5), Measure.LARGEST_LOGIT, labels)
    ratios = parse_ratios("0.1:3:0.1")
    curve = solve_curve(solver, [*ratios, *ratios])
    assert curve[0] == solver.cheapest()
    for before, after in pairwise(curve):
        assert before.cost < after.cost
        assert before.accuracy < after.accuracy
    for ratio in ratios:
        other = solver.at(ratio)
        assert any(p.cost <= other.cost and p.accuracy >= other.accuracy for p in curve)
    assert curve[-1].accuracy >= solver.full().accuracy


def test_a_point_takes_its_place() -> None:
    curve = [point(1, 0.1), point(3, 0.3)]
    middle, same = point(2, 0.05), point(3, 0.4)
    assert with_point(curve, middle) == ([curve[0], middle, curve[1]], 1)
    assert with_point(curve, same) == ([curve[0], same], 1)
    assert with_point(curve, point(9, 0)) == ([*curve, point(9, 0)], 2)


def test_the_cheapest_that_is_good_enough() -> None:
    curve = [point(1, 0.5), point(2, 0.595), point(3, 0.6), point(4, 0.65)]
    assert cheapest_within(curve, point(9, 0.6), 0.0049) == 2
    assert cheapest_within(curve, point(9, 0.6), 0.005) == 1
    assert cheapest_within(curve, point(9, 0.6), 1.0) == 0
