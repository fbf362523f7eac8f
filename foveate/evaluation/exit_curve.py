"""The accuracy-compute curve of a bundle: which points it has, and which one is used by default."""

from collections.abc import Iterable

import numpy as np

from foveate.errors import ConfigError
from foveate.evaluation.solver import Point, Solver

PUBLISHED_RATIOS = "0.01:3.99:0.01,40,400,4000,40000"
"""Every ratio that a published system of the family sweeps: the union of their sweeps."""
_MOST = 10_000
_ROUNDING = 1e-9


def parse_ratios(text: str) -> tuple[float, ...]:
    """Read ratios such as "0.5,1,2" or "0.05:0.95:0.05" (first, last, step), mixed at will.

    Raises:
        ConfigError: it is not of this form, or a ratio is not above zero.
    """
    ratios: list[float] = []
    try:
        for item in text.split(","):
            numbers = [float(number) for number in item.split(":")]
            if len(numbers) == 3:
                first, last, step = numbers
                numbers = [first + step * number for number in range(_count(first, last, step))]
            elif len(numbers) != 1:
                raise ValueError
            ratios += numbers
    except (ValueError, OverflowError):
        raise ConfigError(f"{text!r} is no list of ratios such as 0.5,1,2 or 0.05:0.95:0.05") from None
    if not all(np.isfinite(ratio) and ratio > 0 for ratio in ratios):
        raise ConfigError("a ratio of shares is a number above zero")
    return tuple(ratios)


def _count(first: float, last: float, step: float) -> int:
    count = int((last - first) / step + 0.5) + 1 if step > 0 else 0
    if not 0 < count <= _MOST:
        raise ValueError
    return count


def solve_curve(solver: Solver, ratios: Iterable[float]) -> list[Point]:
    """The points worth having, from the cheapest on: each costs more than the last and is right more often.

    The ends belong to every sweep: everybody leaves at the first answer, nobody before the last.
    """
    points = [solver.cheapest(), solver.full(), *(solver.at(ratio) for ratio in ratios)]
    points.sort(key=lambda point: (point.cost, -point.accuracy))
    kept: list[Point] = []
    for point in points:
        if not kept or point.accuracy > kept[-1].accuracy:
            kept.append(point)
    return kept


def with_point(curve: list[Point], point: Point) -> tuple[list[Point], int]:
    """The curve with a further point in its place, and that place; one of the same cost gives way."""
    others = [other for other in curve if other.cost != point.cost]
    place = sum(other.cost < point.cost for other in others)
    return [*others[:place], point, *others[place:]], place


def cheapest_within(curve: list[Point], full: Point, tolerance: float) -> int:
    """The cheapest point whose accuracy is at most ``tolerance`` below that of the full answer."""
    least = full.accuracy - tolerance - _ROUNDING
    return next(number for number, point in enumerate(curve) if point.accuracy >= least)
