"""The golden sets of AdaFocus and AdaFocusV2."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from export.golden import GoldenSet
from export.golden_case import GraphArray, NetworkCase, NetworkRun, every_frame, patch_of
from export.golden_report import Array
from models.adafocus_checkpoint import read_adafocus
from models.adafocus_tsm import AdaFocusTsmOptions
from models.adafocus_tsm_checkpoint import read_adafocus_tsm
from models.adafocus_v2 import AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from models.adafocus_v2_tsm import AdaFocusV2TsmOptions
from models.adafocus_v2_tsm_checkpoint import read_adafocus_v2_tsm

_ONE, _STEP = "policy.onnx", "policy_step.onnx"


def adafocus_case() -> NetworkCase:
    """AdaFocus for untrimmed video."""
    return NetworkCase(
        _run_adafocus,
        "adafocus",
        lambda golden: patch_of(golden) | {"frames": golden.spec["input"]["shape"][1]},
        every_frame,
        lambda _: _frame_graphs() | {"input": [GraphArray("glance.onnx", "pixels")]},
        _adafocus_answers,
        lambda _, rectangles: {"corners": rectangles[..., :2]},
    )


def adafocus_v2_case() -> NetworkCase:
    """AdaFocusV2 for untrimmed video."""
    return NetworkCase(
        _run_v2,
        "adafocus-v2",
        patch_of,
        every_frame,
        lambda _: _frame_graphs() | {"glance_input": [GraphArray("glance.onnx", "pixels")]},
        lambda _, answers, __: {"logits": answers, "pred": answers[:, -1]},
        lambda _, rectangles: {"corners": rectangles[..., :2]},
    )


def adafocus_tsm_case() -> NetworkCase:
    """AdaFocus for trimmed video."""
    return NetworkCase(
        _run_tsm,
        "adafocus-tsm",
        _two_stream_choices,
        two_lists,
        lambda _: _video_graphs(),
        lambda _, answers, __: {"pred": answers[:, -1]},
        lambda _, rectangles: {"corners": rectangles[:, :1, :2]},
    )


def adafocus_v2_tsm_case() -> NetworkCase:
    """AdaFocusV2 for trimmed video."""
    return NetworkCase(
        _run_v2_tsm,
        "adafocus-v2-tsm",
        _two_stream_choices,
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


def _two_stream_choices(golden: GoldenSet) -> dict[str, int]:
    return patch_of(golden) | {"focus_frames": len(golden.spec["input"]["focus_frames"])}


def _run_adafocus(golden: GoldenSet, path: Path) -> NetworkRun:
    frames = golden.frames()
    output = read_adafocus(path).build(patch_of(golden)["patch"])(frames)
    arrays = whole_arrays(output, list(golden.arrays)) | {"input": frames.flatten(1, 2).numpy()}
    return NetworkRun(arrays, output.answers.numpy())


def _run_v2(golden: GoldenSet, path: Path) -> NetworkRun:
    bisect = bool(golden.spec["config"].get("sample", True))
    options = AdaFocusV2Options(**patch_of(golden), crop=golden.spec["input"]["shape"][2], bisect=bisect)
    output = read_adafocus_v2(path).build(options)(golden.frames())
    return NetworkRun(whole_arrays(output, list(golden.arrays)), output.logits.numpy())


def _run_tsm(golden: GoldenSet, path: Path) -> NetworkRun:
    config, focus = golden.spec["config"], golden.spec["input"]["focus_frames"]
    options = AdaFocusTsmOptions(
        config["patch_size"], len(focus), _divisor(golden), bool(config.get("with_glancer", True))
    )
    output = read_adafocus_tsm(path).build(options)(*_both(golden))
    return NetworkRun(whole_arrays(output, list(golden.arrays)), output.pred[:, None].numpy())


def _run_v2_tsm(golden: GoldenSet, path: Path) -> NetworkRun:
    options = AdaFocusV2TsmOptions(**_two_stream_choices(golden), divisor=_divisor(golden))
    output = read_adafocus_v2_tsm(path).build(options)(*_both(golden))
    return NetworkRun(whole_arrays(output, list(golden.arrays)), output.pred[:, None].numpy())


def _divisor(golden: GoldenSet) -> int:
    return int(golden.spec["config"].get("shift_div", 8))


def _both(golden: GoldenSet) -> tuple[Tensor, Tensor]:
    frames, given = golden.frames(), golden.spec["input"]
    return frames[:, given["glance_frames"]], frames[:, given["focus_frames"]]


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
