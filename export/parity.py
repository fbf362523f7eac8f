"""Holding exported graphs to the networks they came from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import ParityCheck
from foveate.errors import ExportError

Array = NDArray[Any]


class ParityLog:
    """Collects the largest difference of each output, and the tolerance it is held to."""

    def __init__(self) -> None:
        self._worst: dict[tuple[str, str], tuple[float, float]] = {}

    def compare(self, graph: str, output: str, found: Array, wanted: Array, tolerance: float) -> None:
        """Compare one output with what the network gives.

        Args:
            graph: file of the graph.
            output: name of the output.
            found: what the graph gave.
            wanted: what the network gives.
            tolerance: absolute; 0 for outputs that may not differ at all.

        Raises:
            ExportError: they cannot be compared.
        """
        if found.shape != wanted.shape or not np.isfinite(found).all():
            raise ExportError(f"{graph}: {output} came as {found.shape} or not finite, not {wanted.shape}")
        if not wanted.size:
            return
        error = float(np.abs(found.astype(np.float64) - wanted).max())
        before = self._worst.get((graph, output), (0.0, 0.0))
        self._worst[graph, output] = (max(error, before[0]), max(tolerance, before[1]))

    def checks(self) -> tuple[ParityCheck, ...]:
        """One check per output, in the order of the comparisons."""
        return tuple(
            ParityCheck(graph=graph, output=output, max_abs_error=error, tolerance=tolerance)
            for (graph, output), (error, tolerance) in self._worst.items()
        )


def relative(part: float, wanted: Array) -> float:
    """A tolerance that is a part of the largest absolute value of an output, or of 1."""
    return part * max(1.0, float(np.abs(wanted).max())) if wanted.size else part


def require(checks: tuple[ParityCheck, ...]) -> None:
    """Refuse graphs that miss a tolerance.

    Raises:
        ExportError: some do; the message names the worst.
    """
    missed = [check for check in checks if check.max_abs_error > check.tolerance]
    if missed:
        worst = max(missed, key=lambda check: check.max_abs_error / max(check.tolerance, 1e-9))
        raise ExportError(
            f"{worst.graph} is not the network it came from: {worst.output} differs by "
            f"{worst.max_abs_error:.2e}, allowed are {worst.tolerance:.2e}"
        )
