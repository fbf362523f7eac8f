import re
from pathlib import Path
from typing import Any

import numpy as np

from export.golden import GoldenSet, load_golden
from export.golden_rules import _index, adafocus_preprocess_lines, frame_choice_lines, sampling_lines


def golden_of(spec: dict[str, Any], arrays: dict[str, Any] | None = None) -> GoldenSet:
    return GoldenSet(spec, arrays or {}, lambda *_: np.zeros(1), lambda *_: np.zeros(1, np.uint8))


def test_lists_of_other_lengths() -> None:
    spec = {
        "system": "sampling",
        "untrimmed_4": {"frames": {"2": [0, 1, 1, 1], "8": [1, 3, 5, 7]}},
        "tsm_glance_4": {"frames": {"4": [0, 0, 0, 0], "8": [1, 3, 5, 6]}},
        "spiral_4": {"frames": {"4": [0, 1, 2, 3]}},
        "v2_input_order": {"order": {"4": [1, 0, 3, 2]}},
    }
    lines = {line.array: line for line in sampling_lines("set", golden_of(spec))}
    assert lines["untrimmed_4"].met
    assert lines["v2_input_order"].met
    assert lines["tsm_glance_4"].error == 1
    assert lines["-"].note == "the list spiral_4 is of no known rule"


def test_an_index_is_read_from_a_description() -> None:
    assert _index("uint8 (224, 224, 3) thinned [::4, ::4]") == "[::4, ::4]"
    assert _index("v0 is whole; vN_tensor_sample is tensor[:, 1::9, 2::9]. more") == "[:, 1::9, 2::9]"


def test_frame_choices() -> None:
    weights = np.full((1, 4), 0.25, np.float32)
    arrays = {"t4_n8_k4_weights": weights, "t4_n8_k4_index": np.array([[1, 3, 5, 7]])}
    (line,) = frame_choice_lines("set", golden_of({"cases": [[4, 8, 4]]}, arrays))
    assert line.met
    arrays["t4_n8_k4_index"][0, 0] = 2
    assert not next(frame_choice_lines("set", golden_of({"cases": [[4, 8, 4]]}, arrays))).met


def test_a_spoilt_crop_is_missed(shared: Path) -> None:
    golden = load_golden(shared / "golden", "adafocus-preprocess")
    golden.spec["images"]["2"]["crop_sum"] += 1
    golden.arrays["normalised_4"][0, 0, 0] += 1
    lines = list(adafocus_preprocess_lines("set", golden))
    assert [line.array for line in lines if not line.met] == ["crop_sum_2", "normalised_4"]
    assert all(re.fullmatch(r"[a-z_]+_\d", line.array) for line in lines)
