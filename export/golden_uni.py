"""The golden sets of Uni-AdaFocus and OCSampler."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export import ocsampler, uni_adafocus, uni_adafocus_tsm, uni_adafocus_x3d
from export.draft import Draft
from export.golden import GoldenSet
from export.golden_adafocus import whole_arrays
from export.golden_case import GraphArray, NetworkCase, NetworkRun, patch_of
from export.golden_report import Array
from foveate.bundle.vocabulary import SamplingRule
from foveate.engine.confidence import largest_logit, negative_entropy
from foveate.video.sampling import sample
from models.ocsampler import OCSampler, OCSamplerOptions
from models.ocsampler_checkpoint import read_ocsampler
from models.published import filled
from models.uni_adafocus import UniOptions
from models.uni_adafocus_checkpoint import read_uni_adafocus
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from models.uni_adafocus_x3d_checkpoint import read_uni_adafocus_x3d

_SEEN = {
    "glance_input": [GraphArray("glance.onnx", "pixels")],
    "global_featmap": [GraphArray("glance.onnx", "map")],
    "action": [GraphArray("policy.onnx", "action")],
    "frame_weights": [GraphArray("policy.onnx", "weights")],
    "focus_index_real": [GraphArray("policy.onnx", "real")],
    "patch": [GraphArray("focus.onnx", "pixels")],
}
"""Where whole arrays are found among the graphs of every system."""
_THINNED = ("_sample", "_stat")
"""Endings of arrays that hold a part or the statistics of the one named before them."""


def _every_name(places: Mapping[str, list[GraphArray]]) -> dict[str, list[GraphArray]]:
    """The same for arrays of which a set holds a part or the statistics, under a name of their own."""
    return {name + ending: found for name, found in places.items() for ending in ("", *_THINNED)}


_FRAME_GRAPHS = _every_name(
    _SEEN
    | {
        "global_feat": [GraphArray("glance.onnx", "vector")],
        "local_feat": [GraphArray("focus.onnx", "vector")],
    }
)
_VIDEO_GRAPHS = _every_name(
    _SEEN
    | {
        "global_final_logits": [GraphArray("glance.onnx", "logits")],
        "global_avg_logits": [GraphArray("glance.onnx", "early")],
        "local_final_logits": [GraphArray("focus.onnx", "logits")],
    }
)
_OCSAMPLER_GRAPHS = _every_name(
    {
        "sampler_input": [GraphArray("glance.onnx", "pixels")],
        "sampler_feat": [GraphArray("glance.onnx", "features")],
        "frame_probs": [GraphArray("policy.onnx", "probabilities")],
        "backbone_feat": [GraphArray("focus.onnx", "vector", by_time=True)],
    }
)


def uni_adafocus_case() -> NetworkCase:
    """Uni-AdaFocus for untrimmed video."""
    return NetworkCase(
        lambda golden, path: read_uni_adafocus(path).build(_options(golden)),
        _run_uni,
        lambda _, network, sha256: uni_adafocus.draft(network, sha256),
        lambda golden: _chosen(golden, golden.spec["config"]["candidate_frames"]),
        lambda _: _FRAME_GRAPHS,
        _uni_answers,
        lambda frames, rectangles: {"focus_index": frames, "focus_rect_yxhw": rectangles},
    )


def uni_adafocus_tsm_case() -> NetworkCase:
    """Uni-AdaFocus-TSM."""
    return _two_lists_case(read_uni_adafocus_tsm, uni_adafocus_tsm.draft)


def uni_adafocus_x3d_case() -> NetworkCase:
    """Uni-AdaFocus-X3D."""
    return _two_lists_case(read_uni_adafocus_x3d, uni_adafocus_x3d.draft)


def _two_lists_case(read: Callable[[Path], Any], draft: Callable[[Any, str], Draft]) -> NetworkCase:
    return NetworkCase(
        lambda golden, path: read(path).build(_options(golden)),
        _run_two,
        lambda _, network, sha256: draft(network, sha256),
        lambda golden: [frame for chosen in _two_lists(golden) for frame in chosen],
        lambda _: _VIDEO_GRAPHS,
        lambda _, answers, __: {"exit_logits": answers} | _derived(answers),
        lambda frames, rectangles: {"focus_index": frames, "rect_yxhw": rectangles[:, 0]},
    )


def ocsampler_case() -> NetworkCase:
    """OCSampler."""
    return NetworkCase(
        _ocsampler,
        _run_ocsampler,
        lambda golden, network, sha256: ocsampler.draft(
            _by_rank(network), sha256, golden.spec["input"]["shape"][2]
        ),
        _seeded,
        lambda _: _OCSAMPLER_GRAPHS,
        _ocsampler_answers,
        lambda frames, _: {"frame_index": np.sort(frames, 1)},
    )


def _options(golden: GoldenSet) -> UniOptions:
    config = golden.spec["config"]
    return UniOptions(
        patch=patch_of(golden),
        candidates=config["candidate_frames"],
        focus_frames=config["focus_frames"],
        divisor=config.get("shift_div", 8),
        crop=config["image_size"],
        smallest=config["patch_side_min"],
    )


def _chosen(golden: GoldenSet, count: int) -> list[int]:
    return sample(SamplingRule.SEGMENT_MIDDLES, count, golden.spec["input"]["shape"][1])


def _two_lists(golden: GoldenSet) -> tuple[list[int], list[int]]:
    """Glance frames and candidates."""
    config = golden.spec["config"]
    return _chosen(golden, config["glance_frames"]), _chosen(golden, config["candidate_frames"])


def _seeded(golden: GoldenSet) -> list[int]:
    frames = golden.spec["input"]["shape"][1]
    return sample(SamplingRule.SEEDED_SEGMENTS, golden.spec["config"]["candidate_frames"], frames)


def _ocsampler_answers(golden: GoldenSet, answers: Array, _: NetworkRun) -> dict[str, Array]:
    scores = torch.softmax(torch.from_numpy(answers[:, -1]), 1)
    return {"scores": _returned(golden, scores.numpy())} | _derived(answers)


def _returned(golden: GoldenSet, scores: Array) -> Array:
    """Scores as the published test returns them: for Mini-Kinetics the softmax is taken twice."""
    if golden.spec["config"].get("average_clips") != "prob":
        return scores
    return np.asarray(torch.softmax(torch.from_numpy(scores), 1).numpy())


def _run_uni(golden: GoldenSet, network: Any) -> NetworkRun:
    sampled = _chosen(golden, golden.spec["config"]["candidate_frames"])
    output = network(golden.frames(sampled))
    more = {"sampled_frames": np.array(sampled)}
    return _with_derived(golden, output, output.exit_logits, more)


def _run_two(golden: GoldenSet, network: Any) -> NetworkRun:
    glance, candidates = _two_lists(golden)
    frames = golden.frames()
    output = network(frames[:, glance], frames[:, candidates])
    more = {"glance_frames": np.array(glance), "candidate_frames": np.array(candidates)}
    return _with_derived(golden, output, output.exit_logits, more)


def _ocsampler(golden: GoldenSet, path: Path) -> OCSampler:
    config = golden.spec["config"]
    options = OCSamplerOptions(
        keep=config["kept_frames"],
        divisor=config["shift_div"],
        frames=config["candidate_frames"],
        skim_side=config["sampler_size"],
    )
    return read_ocsampler(path).build(options)


def _by_rank(network: OCSampler) -> OCSampler:
    """The same, the most probable frame first, as it is exported; a maximum has no order."""
    options = replace(network.options, by_time=False)
    return filled(lambda: OCSampler(network.sizes, options), network.state_dict())


def _run_ocsampler(golden: GoldenSet, network: OCSampler) -> NetworkRun:
    sampled = _seeded(golden)
    output = network(golden.frames(sampled))
    more = {"sampled_frames": np.array(sampled), "scores": _returned(golden, output.scores.numpy())}
    return _with_derived(golden, output, output.answers, more)


def _with_derived(golden: GoldenSet, output: Any, answers: Tensor, more: dict[str, Array]) -> NetworkRun:
    """The arrays of an output, those thinned under another name, and those that follow from its answers."""
    whole = {name: _whole_name(name) for name in golden.arrays}
    found = whole_arrays(output, list(whole.values()))
    arrays = {name: found[source] for name, source in whole.items() if source in found}
    values = answers.numpy()
    return NetworkRun(_derived(values) | arrays | more, values)


def _uni_answers(_: GoldenSet, answers: Array, run: NetworkRun) -> dict[str, Array]:
    """A bundle answers after the last glance step; the steps before it are PyTorch's."""
    steps = run.arrays["step_logits"]
    before = steps[:, : steps.shape[1] - answers.shape[1]]
    return {"step_logits": np.concatenate([before, answers], 1)} | _derived(answers)


def _derived(answers: Array) -> dict[str, Array]:
    """What follows from answers (videos, answers, classes)."""
    every = torch.from_numpy(answers)
    return {
        "logits": answers[:, -1],
        "top5": every[:, -1].topk(min(5, every.shape[2])).indices.numpy(),
        "exit_confidence_maxlogit": largest_logit(answers),
        "exit_negative_entropy": negative_entropy(answers),
        "exit_confidence_maxprob": torch.softmax(every, 2).amax(2).numpy(),
    }


def _whole_name(name: str) -> str:
    for ending in _THINNED:
        name = name.removesuffix(ending)
    return name
