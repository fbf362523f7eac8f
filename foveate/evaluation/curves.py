"""What a picture of accuracy against compute shows, before it is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from foveate.evaluation.comparison import Scored
from foveate.evaluation.metric import Metric
from foveate.evaluation.report import Report

_GIGA = 1e9


class Kind(StrEnum):
    """What the points of a curve differ in; the value is its name for people."""

    ANSWERS = "stopping at an answer"
    EXITS = "exit settings"
    KEEP = "shares of patches kept"
    WHOLE = "as answered"
    SIDES = "bundles of one system"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a curve.

    Attributes:
        cost: mean G multiply-adds of a video, as the papers count them.
        score: in per cent.
        note: written beside it; empty for none.
        chosen: whether it is one to be told from the others.
    """

    cost: float
    score: float
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in order of cost."""

    kind: Kind
    marks: tuple[Mark, ...]


def curves_of(report: Report, metric: Metric) -> Iterator[Curve]:
    """The curves of one bundle: over its answers, its exit settings, its shares; a point if there is none."""
    if report.answers:
        marks = [Mark(point.nominal / _GIGA, metric.of(point.scores)) for point in report.answers]
        yield Curve(Kind.ANSWERS, tuple(marks))
    else:
        yield Curve(Kind.WHOLE, (_whole(report, metric),))
    if report.exits:
        exits = [Mark(p.nominal / _GIGA, metric.of(p.scores), chosen=p.default) for p in report.exits]
        yield Curve(Kind.EXITS, _by_cost(exits))
    if report.keep_shares:
        kept = [Mark(p.nominal / _GIGA, metric.of(p.scores), f"{p.kept:.2g}") for p in report.keep_shares]
        yield Curve(Kind.KEEP, _by_cost(kept))


def sides(found: Sequence[Scored], metric: Metric) -> Iterator[Curve]:
    """A curve through the bundles of a system, where there are several: those that differ in patch side."""
    for system in dict.fromkeys(one.system for one in found):
        marks = [_whole(one.report, metric) for one in found if one.system == system]
        if len(marks) > 1:
            yield Curve(Kind.SIDES, _by_cost(marks))


def _whole(report: Report, metric: Metric) -> Mark:
    return Mark(report.nominal / _GIGA, metric.of(report.scores))


def _by_cost(marks: list[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: mark.cost))
