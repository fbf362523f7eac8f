"""What is said of each golden array that was compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Say = Callable[[str], None]
"""Told what is being done, one line at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison.

    Attributes:
        name: of the set.
        array: name of its array; "-" for the set as a whole.
        where: what was compared with it: ``torch``, ``onnx``, ``engine`` or ``rule``, and which part of it.
        error: largest absolute difference; None where nothing could be compared.
        tolerance: the difference allowed.
        note: why nothing could be compared.
    """

    name: str
    array: str
    where: str
    error: float | None
    tolerance: float = 0.0
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the array was met."""
        return self.error is not None and self.error <= self.tolerance

    def text(self) -> str:
        """The line as it is printed."""
        if self.error is None:
            return f"{self.name:32} {self.array:28} {self.where:24} MISS {self.note}"
        start = f"{self.name:32} {self.array:28} {self.where:24}"
        return f"{start} {self.error:8.1e} of {self.tolerance:7.1e} {'ok' if self.met else 'MISS'}"


def cannot(name: str, where: str, why: str) -> Line:
    """A set, or a part of its comparison, that cannot be run; it counts as a miss."""
    return Line(name, "-", where, None, note=why)


def difference(found: Any, wanted: Any) -> float:
    """Largest absolute difference; infinite where the shapes differ or a number is none."""
    one, other = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    if one.shape != other.shape:
        return float("inf")
    if not one.size:
        return 0.0
    largest = float(np.abs(one - other).max())
    return largest if np.isfinite(largest) else float("inf")
