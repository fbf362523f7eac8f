"""The golden sets of AdaFocus and AdaFocusV2."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from export import adafocus, adafocus_tsm, adafocus_v2, adafocus_v2_tsm
from export.golden import GoldenSet
from export.golden_case import GraphArray, NetworkCase, NetworkRun, every_frame, patch_of
from export.golden_report import Array
from models.adafocus import AdaFocus
from models.adafocus_checkpoint import read_adafocus
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions
from models.adafocus_tsm_checkpoint import read_adafocus_tsm
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions
from models.adafocus_v2_tsm_checkpoint import read_adafocus_v2_tsm

_ONE, _STEP = "policy.onnx", "policy_step.onnx"


def adafocus_case() -> NetworkCase:
    """AdaFocus for untrimmed video."""
    return NetworkCase(
        _adafocus,
        _run_adafocus,
        lambda golden, network, sha256: adafocus.draft(network, golden.spec["input"]["shape"][1], sha256),
        every_frame,
        lambda _: _frame_graphs() | {"input": [GraphArray("glance.onnx", "pixels")]},
        _adafocus_answers,
        lambda _, rectangles: {"corners": rectangles[..., :2]},
    )


def adafocus_v2_case() -> NetworkCase:
    """AdaFocusV2 for untrimmed video."""
    return NetworkCase(
        _v2,
        _run_v2,
        lambda _, network, sha256: adafocus_v2.draft(network, sha256),
        every_frame,
        lambda _: _frame_graphs() | {"glance_input": [GraphArray("glance.onnx", "pixels")]},
        lambda _, answers, __: {"logits": answers, "pred": answers[:, -1]},
        lambda _, rectangles: {"corners": rectangles[..., :2]},
    )


def adafocus_tsm_case() -> NetworkCase:
    """AdaFocus for trimmed video."""
    return NetworkCase(
        _tsm,
        _run_two,
        lambda _, network, sha256: adafocus_tsm.draft(network, sha256),
        two_lists,
        lambda _: _video_graphs(),
        lambda _, answers, __: {"pred": answers[:, -1]},
        lambda _, rectangles: {"corners": rectangles[:, :1, :2]},
    )


def adafocus_v2_tsm_case() -> NetworkCase:
    """AdaFocusV2 for trimmed video."""
    return NetworkCase(
        _v2_tsm,
        _run_two,
        lambda _, network, sha256: adafocus_v2_tsm.draft(network, sha256),
        two_lists,
        lambda _: _video_graphs(),
        lambda _, answers, __: {"pred": answers[:, -1]},
        lambda _, rectangles: {"corners": rectangles[:, 0, :2]},
    )


def two_lists(golden: GoldenSet) -> list[int]:
    """The pool of a system that glances at other frames than it focuses on."""
    return [*golden.spec["input"]["glance_frames"], *golden.spec["input"]["focus_frames"]]


def whole_arrays(output: Any, names: Sequence[str]) -> dict[str, Array]:
    """The named tensors of a network's output."""
    values = {name: getattr(output, name, None) for name in names}
    return {name: value.numpy() for name, value in values.items() if isinstance(value, Tensor)}


def _adafocus(golden: GoldenSet, path: Path) -> AdaFocus:
    return read_adafocus(path).build(patch_of(golden), golden.spec["input"]["shape"][2])


def _run_adafocus(golden: GoldenSet, network: AdaFocus) -> NetworkRun:
    frames = golden.frames()
    output = network(frames)
    arrays = whole_arrays(output, list(golden.arrays)) | {"input": frames.flatten(1, 2).numpy()}
    return NetworkRun(arrays, output.answers.numpy())


def _v2(golden: GoldenSet, path: Path) -> AdaFocusV2:
    bisect = bool(golden.spec["config"].get("sample", True))
    options = AdaFocusV2Options(patch_of(golden), crop=golden.spec["input"]["shape"][2], bisect=bisect)
    return read_adafocus_v2(path).build(options)


def _run_v2(golden: GoldenSet, network: AdaFocusV2) -> NetworkRun:
    output = network(golden.frames())
    return NetworkRun(whole_arrays(output, list(golden.arrays)), output.logits.numpy())


def _tsm(golden: GoldenSet, path: Path) -> AdaFocusTsm:
    with_glance = bool(golden.spec["config"].get("with_glancer", True))
    options = AdaFocusTsmOptions(patch_of(golden), _focus_frames(golden), _divisor(golden), with_glance)
    return read_adafocus_tsm(path).build(options)


def _v2_tsm(golden: GoldenSet, path: Path) -> AdaFocusV2Tsm:
    options = AdaFocusV2TsmOptions(patch_of(golden), _focus_frames(golden), _divisor(golden))
    return read_adafocus_v2_tsm(path).build(options)


def _run_two(golden: GoldenSet, network: AdaFocusTsm | AdaFocusV2Tsm) -> NetworkRun:
    frames, given = golden.frames(), golden.spec["input"]
    output = network(frames[:, given["glance_frames"]], frames[:, given["focus_frames"]])
    return NetworkRun(whole_arrays(output, list(golden.arrays)), output.pred[:, None].numpy())


def _focus_frames(golden: GoldenSet) -> int:
    return len(golden.spec["input"]["focus_frames"])


def _divisor(golden: GoldenSet) -> int:
    return int(golden.spec["config"].get("shift_div", 8))


def _frame_graphs() -> dict[str, list[GraphArray]]:
    return {
        "gmap": [GraphArray("glance.onnx", "map")],
        "gvec": [GraphArray("glance.onnx", "vector")],
        "policy_logits": [GraphArray(_ONE, "logits"), GraphArray(_STEP, "logits")],
        "policy_hidden": [GraphArray(_ONE, "hidden"), GraphArray(_STEP, "next_state")],
        "patches": [GraphArray("focus.onnx", "pixels")],
        "local": [GraphArray("focus.onnx", "vector")],
    }


def _video_graphs() -> dict[str, list[GraphArray]]:
    return {
        "glance_input": [GraphArray("glance.onnx", "pixels")],
        "gmap": [GraphArray("glance.onnx", "map")],
        "glance_logits": [GraphArray("glance.onnx", "logits", averaged=1)],
        "policy_logits": [GraphArray(_ONE, "logits")],
        "policy_hidden": [GraphArray(_ONE, "hidden")],
        "patches": [GraphArray("focus.onnx", "pixels")],
        "local_logits": [GraphArray("focus.onnx", "logits", averaged=1)],
    }


def _adafocus_answers(golden: GoldenSet, answers: Array, _: NetworkRun) -> dict[str, Array]:
    last = answers[:, -1]
    if golden.spec["config"]["consensus"] == "fc":
        return {"logits": last, "pred": np.exp(last)}
    return {"logits": answers.reshape(-1, answers.shape[2]), "pred": last}
