from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.golden import load_golden
from foveate.bundle.vocabulary import Measure
from foveate.engine.confidence import confidence, largest_logit
from foveate.evaluation.calibration import (
    ALWAYS,
    NEVER,
    answers_taken,
    exit_counts,
    exits_taken,
    expected_cost,
    geometric_shares,
    keep_threshold,
    solve_thresholds,
)
from foveate.evaluation.score import mean_average_precision, top1

V2_RATIOS = tuple(float(ratio) for ratio in np.arange(5, 40) / 10)
MEASURES = {"confidence": Measure.LARGEST_LOGIT, "entropy": Measure.NEGATIVE_ENTROPY}


@pytest.mark.parametrize("name", MEASURES)
def test_the_published_solver_of_uni_adafocus(shared: Path, name: str) -> None:
    golden = load_golden(shared / "golden", "uni-adafocus-unit-exit")
    arrays, allowed = golden.arrays, golden.spec["tolerance"]
    solving = confidence(arrays["solve_logits"], MEASURES[name])
    serving = confidence(arrays["serve_logits"], MEASURES[name])
    for row, ratio in enumerate(np.arange(1, 20) / 20):
        thresholds = solve_thresholds(solving, geometric_shares(float(ratio), 17))
        taken = exits_taken(serving, thresholds)
        best = answers_taken(arrays["serve_logits"], taken).argmax(1)
        cost = expected_cost(taken, arrays["cost"])
        assert np.abs(thresholds - arrays[f"{name}_thresholds"][row]).max() <= allowed["thresholds"]
        assert np.array_equal(exit_counts(taken, 17), arrays[f"{name}_exits"][row])
        assert np.array_equal(taken, arrays[f"{name}_exit_of_video"][row])
        assert np.array_equal(best, arrays[f"{name}_top1"][row])
        assert abs(cost - arrays[f"{name}_expected_cost"][row]) <= allowed["expected_cost"]


def test_the_published_solver_of_adafocus_v2(shared: Path) -> None:
    golden = load_golden(shared / "golden", "adafocus-v2-exit")

    def logits(which: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        entry = golden.spec["input"][f"{which}_logits"]
        drawn = np.float32(12) * golden.fill(entry["fill"], entry["shape"])
        videos, steps, classes = drawn.shape
        labels = 7 * np.arange(videos) % classes
        drawn[np.arange(videos), :, labels] += np.float32(0.25) * np.arange(1, steps + 1, dtype=np.float32)
        return drawn, labels

    served, labels = logits("val")
    solving, serving = largest_logit(logits("train")[0]), largest_logit(served)
    costs = golden.spec["config"]["gflops_per_frame"] * np.arange(1, 17)
    found: dict[str, list[object]] = {name: [] for name in golden.arrays}
    for ratio in V2_RATIOS:
        thresholds = solve_thresholds(solving, geometric_shares(ratio, 16))
        taken = exits_taken(serving, thresholds)
        answers = answers_taken(served, taken)
        found["thresholds"].append(thresholds)
        found["exit_step"].append(taken)
        found["exit_count"].append(exit_counts(taken, 16))
        found["expected_gflops"].append(expected_cost(taken, costs))
        found["mean_average_precision"].append(mean_average_precision(answers, labels))
        found["top1"].append(top1(answers, labels))
    for name in found:
        value = serving if name == "confidence_val" else np.array(found[name])
        assert golden.error(name, value) <= golden.tolerance(name), name


def test_shares_of_any_ratio() -> None:
    assert geometric_shares(1.0, 4).tolist() == [0.25] * 4
    assert geometric_shares(2.0, 3) == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=1e-7)
    for ratio in (0.05, 40000.0):
        shares = geometric_shares(ratio, 17)
        assert np.isfinite(shares).all()
        assert shares.sum() == pytest.approx(1, abs=1e-6)


def test_an_answer_at_which_nobody_leaves() -> None:
    surety = np.arange(12, dtype=np.float32).reshape(4, 3)
    thresholds = solve_thresholds(surety, np.array([0.1, 0.5, 0.4], np.float32))
    assert thresholds.tolist() == [np.float32(NEVER), 7.0, np.float32(ALWAYS)]
    assert exits_taken(surety, thresholds).tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 1.0])
def test_a_threshold_that_keeps_a_share(share: float) -> None:
    probabilities = np.random.default_rng(2).random((50, 16)).astype(np.float32)
    threshold = keep_threshold(probabilities, share)
    assert (probabilities >= threshold).mean() == pytest.approx(share)
    with pytest.raises(ValueError, match="cannot be kept"):
        keep_threshold(probabilities, 0)
