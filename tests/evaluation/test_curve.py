import numpy as np
import pytest

from foveate.bundle.manifest import Exits, ExitSetting
from foveate.bundle.vocabulary import Measure
from foveate.evaluation.curve import Scores, answer_points, exit_points

LOGITS = np.array(
    [
        [[3.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        [[0.0, 1.0, 0.0], [0.0, 5.0, 0.0]],
        [[2.0, 0.0, 0.0], [0.0, 0.0, 9.0]],
        [[0.0, 0.5, 0.0], [4.0, 0.0, 0.0]],
    ],
    np.float32,
)
LABELS = np.array([0, 1, 2, 0])
TARGETS = LABELS[:, None] == np.arange(3)
COSTS = np.array([[10, 30]] * 4)


def setting(*thresholds: float) -> ExitSetting:
    return ExitSetting(thresholds=thresholds, multiply_adds=0.0, shares=(0.5, 0.5))


def test_a_point_for_each_answer() -> None:
    first, last = answer_points(LOGITS, TARGETS, LABELS, COSTS)
    assert (first.answer, first.nominal, first.scores.top1) == (1, 10, 50)
    assert (last.answer, last.nominal, last.scores.top1) == (2, 30, 75)


@pytest.mark.parametrize("measure", Measure)
def test_a_point_for_each_exit_setting(measure: Measure) -> None:
    certain = {Measure.LARGEST_LOGIT: 2.0, Measure.NEGATIVE_ENTROPY: -0.67}[measure]
    never = {Measure.LARGEST_LOGIT: 1e8, Measure.NEGATIVE_ENTROPY: 1e8}[measure]
    settings = (setting(-1e8, -1e8), setting(certain, -1e8), setting(never, never))
    exits = Exits(measure=measure, settings=settings, default=1, source="here")
    cheap, middle, dear = exit_points(LOGITS, TARGETS, LABELS, COSTS, exits)
    assert (cheap.nominal, cheap.shares, cheap.scores.top1, cheap.default) == (10, (1, 0), 50, False)
    # Videos 0 and 2 are sure enough after the first answer; the first of them is right there.
    assert (middle.nominal, middle.shares, middle.scores.top1, middle.default) == (20, (0.5, 0.5), 75, True)
    assert (dear.nominal, dear.shares, dear.scores.top1) == (30, (0, 1), 75)


def test_costs_are_each_videos_own() -> None:
    own = np.array([[10, 30], [10, 20], [4, 24], [10, 26]])
    first, last = answer_points(LOGITS, TARGETS, LABELS, own)
    assert (first.nominal, last.nominal) == (8.5, 25)
    exits = Exits(measure=Measure.LARGEST_LOGIT, settings=(setting(2.0, -1e8),), default=0, source="here")
    (point,) = exit_points(LOGITS, TARGETS, LABELS, own, exits)
    # Videos 0 and 2 leave at the first answer.
    assert point.nominal == (10 + 20 + 4 + 26) / 4


def test_five_best_of_more_than_five() -> None:
    logits = np.array([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]], np.float32)
    labels = np.array([4])
    targets = labels[:, None] == np.arange(6)
    assert Scores.of(logits, targets, labels).top5 == 100
    assert Scores.of(logits[:, :5], targets[:, :5], labels).top5 is None


def test_every_label_or_the_first() -> None:
    logits = np.array([[0.0, 1.0], [2.0, 1.0]], np.float32)
    targets = np.array([[True, True], [False, True]])
    scores = Scores.of(logits, targets, np.array([0, 1]))
    assert scores.mean_average_precision == 75
    assert scores.mean_average_precision_first == 50
