"""What is measured next: one level after another, or whichever tells most of where a limit lies."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Literal, Protocol

from foveate.bench.caveats import overloaded
from foveate.bench.plan import LevelPlan, Options, SearchPlan
from foveate.bench.schemas import Found, Level

Ending = Literal["complete", "latency-limit"]

_FAILED = 0.01


class Course(Protocol):
    """Gives levels and is told what became of them."""

    @property
    def ended(self) -> Ending:
        """Why there is no further level."""
        ...

    def next(self) -> LevelPlan | None:
        """The level to be measured now; None where there is none."""
        ...

    def note(self, level: Level) -> None:
        """A level was measured."""
        ...

    def found(self) -> Found | None:
        """What was searched for, if anything."""
        ...


class Sweep:
    """Levels in their order, until the watched latency of one is above a limit.

    Args:
        levels: to be measured.
        limit_s: seconds; None for none.
    """

    def __init__(self, levels: Sequence[LevelPlan], limit_s: float | None) -> None:
        self._left = list(levels)
        self._limit_s = limit_s
        self.ended: Ending = "complete"

    def next(self) -> LevelPlan | None:
        """The level to be measured now; None where there is none."""
        return self._left.pop(0) if self._left and self.ended == "complete" else None

    def note(self, level: Level) -> None:
        """A level was measured."""
        if self._limit_s is not None and not _in_time(level, self._limit_s):
            self.ended = "latency-limit"

    def found(self) -> Found | None:
        """Nothing is searched for."""
        return None


class Search:
    """The highest rate that a server bears within a latency, by halving what lies between two rates.

    A rate is borne where the watched latency is within the limit, no more than a hundredth of the requests
    fail, and answers keep up with what is due. It is ratios that are halved: from 1 to 10 takes as many
    levels as from 10 to 100.

    Args:
        plan: what to search.
        level: any, of which the others differ in their rate only.
        limit_s: of the watched latency.
    """

    ended: Ending = "complete"

    def __init__(self, plan: SearchPlan, level: LevelPlan, limit_s: float) -> None:
        self._plan = plan
        self._level = level
        self._limit_s = limit_s
        self._borne: float | None = None
        self._too_much: float | None = None
        self._watched = ""

    def next(self) -> LevelPlan | None:
        """The lowest rate, then the highest, then the one in the middle of what is not known yet."""
        rate = self._rate()
        return None if rate is None else replace(self._level, load=rate)

    def note(self, level: Level) -> None:
        """A level was measured."""
        self._watched = level.watched
        if borne(level, self._limit_s):
            self._borne = level.load
        else:
            self._too_much = level.load

    def found(self) -> Found | None:
        """Between which rates the limit lies; None where nothing was measured."""
        if self._borne is self._too_much is None:
            return None
        return Found(
            watched=self._watched,
            limit_ms=self._limit_s * 1000,
            borne=self._borne,
            too_much=self._too_much,
        )

    def _rate(self) -> float | None:
        low, high = self._borne, self._too_much
        if low is None:
            return self._plan.lowest if high is None else None
        if high is None:
            return self._plan.highest if low < self._plan.highest else None
        # Four digits are more than can be told apart.
        middle = float(f"{sqrt(low * high):.4g}")
        return middle if high / low > 1 + self._plan.within and low < middle < high else None


def borne(level: Level, limit_s: float) -> bool:
    """Whether a server bears a rate within a latency; see ``Search``."""
    failed = sum(level.failed.values())
    return (
        _in_time(level, limit_s) and failed <= _FAILED * (failed + level.answered) and not overloaded(level)
    )


def course_of(options: Options) -> Course:
    """What the command line asked for."""
    if options.search is None:
        return Sweep(options.levels, options.limit_s)
    assert options.limit_s is not None
    return Search(options.search, options.levels[0], options.limit_s)


def _in_time(level: Level, limit_s: float) -> bool:
    return level.watched_ms is not None and level.watched_ms <= limit_s * 1000
