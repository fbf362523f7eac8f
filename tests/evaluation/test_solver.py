import numpy as np
import pytest

from foveate.bundle.vocabulary import Measure
from foveate.engine.confidence import confidence
from foveate.evaluation.calibration import exits_taken
from foveate.evaluation.solver import Point, Solver
from tests.evaluation.made_logits import made_logits

COSTS = (10, 25, 30, 60)
LOGITS, LABELS = made_logits(200, 4, 6)


def solver(measure: Measure = Measure.LARGEST_LOGIT, labelled: bool = True) -> Solver:
    return Solver.of(LOGITS, COSTS, measure, LABELS if labelled else None)


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("ratio", [0.2, 1.0, 3.0])
def test_a_point_says_what_its_thresholds_do(measure: Measure, ratio: float) -> None:
    point = solver(measure).at(ratio)
    taken = exits_taken(confidence(LOGITS, measure), np.array(point.thresholds, np.float32))
    assert [round(200 * share) for share in point.shares] == np.bincount(taken, minlength=4).tolist()
    assert point.cost == pytest.approx(np.array(COSTS)[taken].mean())
    best = LOGITS[np.arange(200), taken].argmax(1)
    assert point.accuracy == pytest.approx((best == LABELS).mean())


def test_a_higher_ratio_costs_more() -> None:
    costs = [solver().at(ratio).cost for ratio in (0.05, 0.5, 1.0, 2.0, 40.0)]
    assert costs == sorted(costs)
    assert costs[0] < 15 < 55 < costs[-1]


def test_costs_of_each_video() -> None:
    own = np.array(COSTS) - np.random.default_rng(1).integers(0, 2, (200, 4)).cumsum(1)
    shared, single = solver().at(1.0), Solver.of(LOGITS, own, Measure.LARGEST_LOGIT, LABELS)
    point = single.at(1.0)
    taken = exits_taken(LOGITS.max(-1), np.array(point.thresholds, np.float32))
    assert point.cost == own[np.arange(200), taken].mean() < shared.cost
    assert (point.thresholds, point.accuracy) == (shared.thresholds, shared.accuracy)
    assert single.within(own[:, 0].mean()) == single.cheapest()
    with pytest.raises(ValueError, match="no answer costs"):
        single.within(own[:, 0].mean() - 0.01)


def test_the_ends() -> None:
    cheapest, full = solver().cheapest(), solver().full()
    assert (cheapest.cost, cheapest.shares) == (10, (1, 0, 0, 0))
    assert (full.cost, full.shares) == (60, (0, 0, 0, 1))
    assert full.accuracy == pytest.approx((LOGITS[:, -1].argmax(1) == LABELS).mean())


def test_without_labels_the_last_answer_is_right() -> None:
    assert solver(labelled=False).full().accuracy == 1
    agreeing = (LOGITS[:, 0].argmax(1) == LOGITS[:, -1].argmax(1)).mean()
    assert solver(labelled=False).cheapest().accuracy == pytest.approx(agreeing)


@pytest.mark.parametrize("cost", [10.0, 12.0, 20.0, 33.3, 47.0, 59.9])
def test_a_mean_is_met_as_nearly_as_single_videos_allow(cost: float) -> None:
    found = solver().within(cost)
    # One video more or less at each answer but the last.
    assert cost - 3 * 50 / 200 <= found.cost <= cost
    assert same_exits(found)


def same_exits(point: Point) -> bool:
    taken = exits_taken(LOGITS.max(-1), np.array(point.thresholds, np.float32))
    return float(np.array(COSTS)[taken].mean()) == pytest.approx(point.cost)


def test_means_beyond_the_ends() -> None:
    assert solver().within(1e9) == solver().full()
    for cost in (9.9, float("nan")):
        with pytest.raises(ValueError, match="no answer costs"):
            solver().within(cost)
