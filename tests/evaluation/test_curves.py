from foveate.evaluation.curves import Kind, Mark, curves_of, sides
from foveate.evaluation.metric import Metric
from tests.evaluation.reports import GIGA, made_report, made_scored


def test_every_curve_of_a_bundle() -> None:
    answers, exits, kept = curves_of(made_report(), Metric.TOP1)
    assert (answers.kind, answers.marks) == (Kind.ANSWERS, (Mark(10, 50), Mark(20, 70)))
    assert exits.kind is Kind.EXITS
    assert exits.marks == (Mark(5, 71, chosen=True), Mark(10, 72), Mark(15, 73))
    # The shares in order of cost, each by what was kept and not by what was asked for.
    assert (kept.kind, [mark.note for mark in kept.marks]) == (Kind.KEEP, ["0.52", "0.88"])
    assert [mark.cost for mark in kept.marks] == [10.4, 17.5]


def test_the_score_that_is_asked_for() -> None:
    answers = next(curves_of(made_report(), Metric.MAP))
    assert [mark.score for mark in answers.marks] == [40, 60]


def test_a_single_point_where_there_are_no_curves() -> None:
    (only,) = curves_of(made_report(curves=False), Metric.MAP)
    assert (only.kind, only.marks) == (Kind.WHOLE, (Mark(20, 60),))


def test_bundles_of_one_system_make_a_curve() -> None:
    found = [
        made_scored("p160", 30 * GIGA, 76, system="a"),
        made_scored("other", 40 * GIGA, 60, system="b"),
        made_scored("p96", 10 * GIGA, 71, system="a"),
    ]
    (curve,) = sides(found, Metric.TOP1)
    assert (curve.kind, curve.marks) == (Kind.SIDES, (Mark(10, 71), Mark(30, 76)))
    assert list(sides(found[:2], Metric.TOP1)) == []
