import numpy as np
import pytest
from numpy.typing import NDArray

from export.parity import ParityLog, relative, require
from foveate.errors import ExportError


def test_the_worst_of_all_comparisons_is_kept() -> None:
    log = ParityLog()
    log.compare("g", "y", np.array([1.0, 2.0]), np.array([1.0, 2.001]), 0.02)
    log.compare("g", "y", np.array([1.0]), np.array([1.01]), 0.01)
    (check,) = log.checks()
    assert check.max_abs_error == pytest.approx(0.01)
    assert check.tolerance == 0.02
    require(log.checks())


def test_a_miss_is_refused_and_the_worst_named() -> None:
    log = ParityLog()
    log.compare("good", "y", np.array([1.0]), np.array([1.0]), 0.01)
    log.compare("bad", "y", np.array([1.0]), np.array([1.1]), 0.01)
    with pytest.raises(ExportError, match=r"bad is not the network it came from: y differs by 1\.00e-01"):
        require(log.checks())


def test_without_tolerance_any_difference_is_a_miss() -> None:
    log = ParityLog()
    log.compare("g", "corner", np.array([3.0]), np.array([3.0001]), 0)
    with pytest.raises(ExportError, match="corner"):
        require(log.checks())


@pytest.mark.parametrize("found", [np.array([np.nan]), np.array([1.0, 2.0])])
def test_values_that_cannot_be_compared_are_refused(found: NDArray[np.float64]) -> None:
    with pytest.raises(ExportError, match="not finite"):
        ParityLog().compare("g", "y", found, np.array([1.0]), 1.0)


def test_a_tolerance_is_a_part_of_the_largest_value_or_of_one() -> None:
    assert relative(0.01, np.array([-30.0, 2.0])) == pytest.approx(0.3)
    assert relative(0.01, np.array([0.1])) == relative(0.01, np.array([])) == 0.01
