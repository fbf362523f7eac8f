from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from foveate.bench.arrivals import constant, poisson, read_trace
from foveate.errors import ConfigError


def test_a_steady_pace_does_not_drift() -> None:
    due = list(islice(constant(10), 100_001))
    assert due[:3] == [0, 0.1, 0.2]
    assert due[-1] == 10_000


def test_poisson_gaps_are_exponential() -> None:
    due = list(islice(poisson(4, seed=1), 20_000))
    gaps = np.array([later - earlier for earlier, later in pairwise(due)])
    assert gaps.min() > 0
    assert gaps.mean() == pytest.approx(1 / 4, rel=0.03)
    assert gaps.std() == pytest.approx(1 / 4, rel=0.03)
    # Without memory: a long gap tells nothing of the next.
    assert abs(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]) < 0.03


def test_the_seed_decides_the_arrivals() -> None:
    first, again, other = (list(islice(poisson(4, seed), 5)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    "text", ["5\n6.5\n6.5\n9\n", "seconds,size\n5,100\n6.5,1\n6.5,3\n9,2\n", "\ufeff5\n\n6.5\n6.5\n9"]
)
def test_a_trace_begins_at_nought(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(text, encoding="utf-8")
    assert read_trace(path, 1) == (0, 1.5, 1.5, 4)
    assert read_trace(path, 2) == (0, 0.75, 0.75, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no arrivals"),
        ("seconds\n", "no arrivals"),
        ("1\n3\n2\n", "line 3"),
        ("1\nsoon\n", "line 2"),
        ("1\nnan", "line 2"),
    ],
)
def test_what_is_no_trace(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "trace.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_trace(path, 1)


def test_a_missing_trace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_trace(tmp_path / "none", 1)
