"""The levels of a sweep, as they are written on the command line."""

from itertools import count, takewhile
from math import isfinite

_MOST = 1000
_LOWEST, _HIGHEST = 1e-6, 1e6


def parse_levels(text: str) -> tuple[float, ...]:
    """Levels of ``1,2,4``, ``1:10:1`` (from, to, step) or ``1:16:x2`` (from, to, factor).

    Args:
        text: as given; a range includes its end where it meets it.

    Returns:
        Positive numbers, in the order they are to be measured.

    Raises:
        ValueError: it is none of these, would be more than a thousand levels, or a level is beyond what can
            be kept up.
    """
    levels = _range(text) if ":" in text else tuple(_positive(part) for part in text.split(","))
    if not levels:
        raise ValueError(f"{text!r} holds no level")
    return levels


def _range(text: str) -> tuple[float, ...]:
    first_text, _, rest = text.partition(":")
    last_text, _, step_text = rest.partition(":")
    first, last = _positive(first_text), _positive(last_text)
    factor = step_text.startswith("x")
    step = _positive(step_text.removeprefix("x") or "1")
    if factor and step <= 1:
        raise ValueError(f"the factor of {text!r} must be more than 1")
    # Levels are computed from the start, not added up: 0.1 ten times is not 1.
    levels = (round(first * step**n if factor else first + n * step, 9) for n in count())
    found = tuple(
        level for level, _ in zip(takewhile(lambda x: x <= last, levels), range(_MOST + 1), strict=False)
    )
    if len(found) > _MOST:
        raise ValueError(f"{text!r} is more than {_MOST} levels")
    return found


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{text!r} is not a positive number")
    if not _LOWEST <= value <= _HIGHEST:
        raise ValueError(f"{text!r} is not between {_LOWEST:g} and {_HIGHEST:g}")
    return value
