"""When requests are due in an open loop: at a steady pace, by chance, or as they once came."""

import random
from collections.abc import Iterator
from itertools import count
from math import isfinite
from pathlib import Path

from foveate.errors import ConfigError


def constant(rate: float) -> Iterator[float]:
    """Due seconds since the start, ``1 / rate`` apart; without end."""
    return (number / rate for number in count())


def poisson(rate: float, seed: int) -> Iterator[float]:
    """Due seconds since the start of a Poisson process: independent, exponential gaps; without end.

    Args:
        rate: arrivals a second in the mean.
        seed: the same seed gives the same arrivals.
    """
    chance = random.Random(seed)
    due = 0.0
    while True:
        due += chance.expovariate(rate)
        yield due


def read_trace(path: Path, speed: float) -> tuple[float, ...]:
    """Due seconds since the start, of a file with one number a line.

    Args:
        path: a text file; of a line with commas the first field counts, one heading line may stand above.
        speed: 2 replays twice as fast.

    Returns:
        Ascending seconds; the first arrival is at 0.

    Raises:
        ConfigError: the file cannot be read, is empty, or its times are no numbers or fall.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the trace {path} cannot be read: {error}") from error
    times: list[float] = []
    for number, line in enumerate(lines, 1):
        field = line.partition(",")[0].strip()
        if not field:
            continue
        time = _seconds(field)
        if time is None and number == 1:
            continue
        if time is None or (times and time < times[-1]):
            raise ConfigError(
                f"line {number} of the trace {path} is no time, or one before the last: {line!r}"
            )
        times.append(time)
    if not times:
        raise ConfigError(f"the trace {path} holds no arrivals")
    return tuple((time - times[0]) / speed for time in times)


def _seconds(field: str) -> float | None:
    try:
        value = float(field)
    except ValueError:
        return None
    return value if isfinite(value) else None
