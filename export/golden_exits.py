"""Golden sets of early exits: thresholds, who leaves where, and what that costs and scores."""

import re
from collections.abc import Iterator

import numpy as np

from export.golden import GoldenSet
from export.golden_report import Array, Line, difference
from foveate.bundle.vocabulary import Measure
from foveate.engine.confidence import confidence
from foveate.evaluation.calibration import (
    answers_taken,
    exit_counts,
    exits_taken,
    expected_cost,
    geometric_shares,
    solve_thresholds,
)
from foveate.evaluation.score import mean_average_precision, top1

_MEASURES = {"confidence": Measure.LARGEST_LOGIT, "entropy": Measure.NEGATIVE_ENTROPY}
_NUMBER = r"\d+(?:\.\d+)?"
_RANGE = re.compile(rf"= ({_NUMBER}), ({_NUMBER})[ ,.]+({_NUMBER})((?:(?:,? and|,? then|,) {_NUMBER})*)")
_LOGITS = re.compile(r"z = ([\d.]+) \* fill.*?\((\d+) \* i\).*?\+= ([\d.]+) \* \(k \+ 1\)")


def sweep(text: str) -> list[float]:
    """The parameters in a text such as "p = 0.5, 0.6 ... 3.9", and such as "and 40, 400" after them."""
    *ends, further = _RANGE.findall(text)[0]
    first, second, last = (float(number) for number in ends)
    step = second - first
    even = [first + step * number for number in range(round((last - first) / step) + 1)]
    return even + [float(number) for number in re.findall(_NUMBER, further)]


def geometric_exit_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """AdaFocusV2's sweep, solved on one list and applied to another."""
    spec = golden.spec
    config = spec["config"]
    (solved, _), (served, labels) = (_made(golden, which) for which in ("train_logits", "val_logits"))
    measure = _MEASURES[config["criterion"]]
    # As published: for this score alone, labels are their ranks among those that there are.
    ranks = np.unique(labels, return_inverse=True)[1]
    train, val = confidence(solved, measure), confidence(served, measure)
    costs = config["gflops_per_frame"] * np.arange(1, config["steps"] + 1, dtype=np.float64)
    rows: dict[str, list[Array | float]] = {}
    for parameter in sweep(spec["sweep"]):
        thresholds = solve_thresholds(train, geometric_shares(parameter, config["steps"]))
        taken = exits_taken(val, thresholds)
        last = answers_taken(served, taken)
        row: dict[str, Array | float] = {
            "thresholds": thresholds,
            "exit_step": taken,
            "exit_count": exit_counts(taken, config["steps"]),
            "expected_gflops": expected_cost(taken, costs),
            "mean_average_precision": mean_average_precision(last, ranks),
            "top1": top1(last, labels),
        }
        for array, value in row.items():
            rows.setdefault(array, []).append(value)
    found: dict[str, Array] = {array: np.array(values) for array, values in rows.items()}
    found["confidence_val"] = val
    for array in golden.arrays:
        error = difference(found[array], golden.arrays[array]) if array in found else None
        yield Line(name, array, "rule", error, golden.tolerance(array), "no such array is computed")


def _made(golden: GoldenSet, which: str) -> tuple[Array, Array]:
    """Logits and labels, by the set's own recipe."""
    given = golden.spec["input"]
    classes = golden.spec["config"]["classes"]
    scale, factor, gain = (float(number) for number in _LOGITS.findall(given["how"])[0])
    logits = np.float32(scale) * golden.fill(given[which]["fill"], given[which]["shape"])
    videos, steps = logits.shape[:2]
    labels = (int(factor) * np.arange(videos)) % classes
    for step in range(steps):
        logits[np.arange(videos), step, labels] += np.float32(gain * (step + 1))
    return logits, labels


def two_measure_exit_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """Uni-AdaFocus's sweep, by both measures."""
    arrays, tolerances = golden.arrays, golden.spec["tolerance"]
    answers = arrays["cost"].shape[0]
    for word, measure in _MEASURES.items():
        solved = confidence(arrays["solve_logits"], measure)
        served = confidence(arrays["serve_logits"], measure)
        rows: dict[str, list[Array | float]] = {}
        for ratio in sweep(golden.spec["note"]):
            thresholds = solve_thresholds(solved, geometric_shares(ratio, answers))
            taken = exits_taken(served, thresholds)
            row: dict[str, Array | float] = {
                "thresholds": thresholds,
                "exits": exit_counts(taken, answers),
                "expected_cost": expected_cost(taken, arrays["cost"]),
                "top1": answers_taken(arrays["serve_logits"], taken).argmax(1),
                "exit_of_video": taken,
            }
            for array, value in row.items():
                rows.setdefault(array, []).append(value)
        for array, values in rows.items():
            allowed = tolerances.get(array, 0.0)
            limit = 0.0 if isinstance(allowed, str) else float(allowed)
            yield Line(name, f"{word}_{array}", "rule", difference(values, arrays[f"{word}_{array}"]), limit)
