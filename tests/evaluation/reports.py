"""Reports put together by hand, with curves of every kind."""

from dataclasses import replace
from pathlib import Path

from foveate.evaluation.comparison import Scored
from foveate.evaluation.curve import AnswerPoint, ExitPoint, Scores
from foveate.evaluation.keep_shares import KeepPoint
from foveate.evaluation.report import ClassScore, Report

GIGA = 1e9


def scores(top1: float) -> Scores:
    """With a mAP of 10 less than the top-1."""
    return Scores(top1, None, top1 - 10, top1 - 20)


CLASSES = (
    ClassScore(0, "run, fast", 2, 50.0, 75.0),
    ClassScore(1, "walk", 0, None, 0.0),
    ClassScore(2, "only ever second", 0, None, 20.0),
    ClassScore(3, "sit", 1, 0.0, 90.0),
)


def made_report(
    name: str = "small 1", cost: float = 20 * GIGA, top1: float = 70, curves: bool = True
) -> Report:
    """With an answer at half the cost, three exit settings and two shares, which come the dearest first."""
    report = Report(
        bundle=name,
        notice=None,
        videos=3,
        several_labels=0,
        empty_classes=1,
        scores=scores(top1),
        executed=cost + GIGA,
        nominal=cost,
        full=int(cost),
        dense=int(60 * GIGA),
        answers=(),
        exits=(),
        classes=CLASSES,
        skipped=(),
        recounted=(),
        seconds=1.0,
    )
    if not curves:
        return report
    kept = ((0.9, 0.875), (0.5, 0.52))
    return replace(
        report,
        answers=(AnswerPoint(1, cost / 2, scores(top1 - 20)), AnswerPoint(2, cost, scores(top1))),
        exits=tuple(ExitPoint(n, n == 1, cost * n / 4, (1.0, 0.0), scores(top1 + n)) for n in (1, 2, 3)),
        keep_shares=tuple(
            KeepPoint(s, 0.4, k, cost * k + GIGA / 10, cost * k, scores(top1 + k)) for s, k in kept
        ),
    )


def made_scored(
    name: str = "small 1",
    cost: float = 20 * GIGA,
    top1: float = 70,
    curves: bool = True,
    system: str = "made",
) -> Scored:
    return Scored(name, Path(name.replace(" ", "-")), system, made_report(name, cost, top1, curves))
