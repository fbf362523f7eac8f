import numpy as np
import pytest

from export.golden import GoldenSet
from export.golden_exits import geometric_exit_lines, sweep, two_measure_exit_lines


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [
        ("p = 0.5, 0.6 ... 3.9 (35 rows of every array)", 0.5, 3.9, 35),
        ("solved for q = 0.05, 0.10 .. 0.95 (row order)", 0.05, 0.95, 19),
        ("q = 0.01, 0.02 .. 3.99 and 40, 400, 4000, 40000 (row order)", 0.01, 40000, 403),
        ("q = 0.01, 0.02, ..., 3.99, 40, 400, 4000, 40000; 17 exits", 0.01, 40000, 403),
    ],
)
def test_a_sweep_is_read_from_its_text(text: str, first: float, last: float, count: int) -> None:
    values = sweep(text)
    assert len(values) == count
    assert (values[0], values[-1]) == pytest.approx((first, last))


def test_another_number_of_steps_and_an_array_that_is_wrong() -> None:
    spec = {
        "config": {"steps": 3, "classes": 4, "criterion": "entropy", "gflops_per_frame": 2.0},
        "input": {
            "train_logits": {"fill": "a", "shape": [12, 3, 4]},
            "val_logits": {"fill": "b", "shape": [8, 3, 4]},
            "how": "z = 2 * fill(name, shape); label of sample i = (3 * i) % classes; "
            "z[i, k, label] += 0.5 * (k + 1)",
        },
        "sweep": "p = 1.0, 1.5 ... 2.0",
        "arrays": {"exit_count": {"atol": 0}, "expected_gflops": {"atol": 1e-3}, "speed": {"atol": 0}},
    }
    arrays = {"exit_count": np.zeros((3, 3)), "expected_gflops": np.full(3, 4.0), "speed": np.zeros(3)}

    def draw(name: str, shape: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.random.default_rng(ord(name)).standard_normal(shape).astype(np.float32)

    golden = GoldenSet(spec, arrays, draw, lambda seed, shape: np.zeros(shape, np.uint8))
    lines = {line.array: line for line in geometric_exit_lines("set", golden)}
    assert not lines["exit_count"].met
    assert lines["expected_gflops"].error is not None
    assert 0 <= lines["expected_gflops"].error <= 2
    assert lines["speed"].error is None


def test_two_measures() -> None:
    logits = np.array([[[9.0, 0.0], [9.0, 0.0]], [[1.0, 0.9], [5.0, 0.0]]], np.float32)
    row = {
        "thresholds": [[9.0, -1e8]],
        "exits": [[1, 1]],
        "expected_cost": [1.5],
        "top1": [[0, 0]],
        "exit_of_video": [[0, 1]],
    }
    arrays = {f"confidence_{name}": np.array(value) for name, value in row.items()}
    arrays |= {f"entropy_{name}": np.array(value) for name, value in row.items()}
    arrays |= {"solve_logits": logits, "serve_logits": logits, "cost": np.array([1.0, 2.0])}
    spec = {"note": "q = 1.0, 2.0 .. 1.0", "tolerance": {"thresholds": 1e-5, "exits": "exact"}}
    golden = GoldenSet(spec, arrays, lambda *_: logits, lambda *_: np.zeros(1, np.uint8))
    missed = [line.array for line in two_measure_exit_lines("set", golden) if not line.met]
    assert missed == ["entropy_thresholds"]


def test_the_mean_average_precision_is_of_labels_by_rank() -> None:
    """Classes 0 and 2 of four alone have videos: the published score looks for the second in column 1."""
    logits = np.zeros((4, 1, 4), np.float32)
    logits[np.arange(4), 0, [0, 2, 0, 2]] = 1.0
    spec = {
        "config": {"steps": 1, "classes": 4, "criterion": "confidence", "gflops_per_frame": 1.0},
        "input": {
            "train_logits": {"fill": "a", "shape": [4, 1, 4]},
            "val_logits": {"fill": "a", "shape": [4, 1, 4]},
            "how": "z = 1 * fill(name, shape); label of sample i = (2 * i) % classes; "
            "z[i, k, label] += 0.5 * (k + 1)",
        },
        "sweep": "p = 1.0, 2.0 .. 1.0",
        "arrays": {"mean_average_precision": {"atol": 1e-3}, "top1": {"atol": 0}},
    }
    # Of class 1, as it is counted, nothing tells its videos, the second and the fourth, from the others.
    wanted = {"mean_average_precision": np.array([(100 + 50) / 4]), "top1": np.array([100.0])}
    golden = GoldenSet(spec, wanted, lambda *_: logits.copy(), lambda *_: np.zeros(1, np.uint8))
    assert [line.text() for line in geometric_exit_lines("set", golden) if not line.met] == []
