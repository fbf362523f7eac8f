"""The golden sets of Uni-AdaFocus and OCSampler."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export.calibration import largest_logit, negative_entropy
from export.golden import GoldenSet
from export.golden_adafocus import whole_arrays
from export.golden_case import NetworkCase, NetworkRun
from export.golden_report import Array
from foveate.bundle.vocabulary import SamplingRule
from foveate.video.sampling import sample
from models.ocsampler import OCSamplerOptions
from models.ocsampler_checkpoint import read_ocsampler
from models.uni_adafocus import UniOptions
from models.uni_adafocus_checkpoint import read_uni_adafocus
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from models.uni_adafocus_x3d_checkpoint import read_uni_adafocus_x3d

_THINNED = ("_sample", "_stat")
"""Endings of arrays that hold a part or the statistics of the one named before them."""


def uni_adafocus_case() -> NetworkCase:
    """Uni-AdaFocus for untrimmed video."""
    return _torch_only(_run_uni)


def uni_adafocus_tsm_case() -> NetworkCase:
    """Uni-AdaFocus-TSM."""
    return _torch_only(lambda golden, path: _run_two(golden, read_uni_adafocus_tsm(path)))


def uni_adafocus_x3d_case() -> NetworkCase:
    """Uni-AdaFocus-X3D."""
    return _torch_only(lambda golden, path: _run_two(golden, read_uni_adafocus_x3d(path)))


def ocsampler_case() -> NetworkCase:
    """OCSampler."""
    return _torch_only(_run_ocsampler)


def _torch_only(run: Any) -> NetworkCase:
    return NetworkCase(
        run, None, lambda _: {}, lambda _: [], lambda _: {}, lambda _, __, ___: {}, lambda _, __: {}
    )


def _options(golden: GoldenSet) -> UniOptions:
    config = golden.spec["config"]
    return UniOptions(
        patch=config["patch_size"],
        candidates=config["candidate_frames"],
        focus_frames=config["focus_frames"],
        divisor=config.get("shift_div", 8),
        crop=config["image_size"],
        smallest=config["patch_side_min"],
    )


def _chosen(golden: GoldenSet, count: int) -> list[int]:
    return sample(SamplingRule.SEGMENT_MIDDLES, count, golden.spec["input"]["shape"][1])


def _run_uni(golden: GoldenSet, path: Path) -> NetworkRun:
    options = _options(golden)
    sampled = _chosen(golden, golden.spec["config"]["candidate_frames"])
    output = read_uni_adafocus(path).build(options)(golden.frames(sampled))
    more = {"sampled_frames": np.array(sampled)}
    return _with_derived(golden, output, output.exit_logits, more)


def _run_two(golden: GoldenSet, checkpoint: Any) -> NetworkRun:
    config = golden.spec["config"]
    glance, candidates = (_chosen(golden, config[name]) for name in ("glance_frames", "candidate_frames"))
    frames = golden.frames()
    output = checkpoint.build(_options(golden))(frames[:, glance], frames[:, candidates])
    more = {"glance_frames": np.array(glance), "candidate_frames": np.array(candidates)}
    return _with_derived(golden, output, output.exit_logits, more)


def _run_ocsampler(golden: GoldenSet, path: Path) -> NetworkRun:
    config = golden.spec["config"]
    options = OCSamplerOptions(
        keep=config["kept_frames"],
        divisor=config["shift_div"],
        frames=config["candidate_frames"],
        skim_side=config["sampler_size"],
    )
    frames = golden.spec["input"]["shape"][1]
    sampled = sample(SamplingRule.SEEDED_SEGMENTS, options.frames, frames)
    output = read_ocsampler(path).build(options)(golden.frames(sampled))
    return _with_derived(golden, output, output.answers, {"sampled_frames": np.array(sampled)})


def _with_derived(golden: GoldenSet, output: Any, answers: Tensor, more: dict[str, Array]) -> NetworkRun:
    """The arrays of an output, those thinned under another name, and those that follow from its answers."""
    whole = {name: _whole_name(name) for name in golden.arrays}
    found = whole_arrays(output, list(whole.values()))
    arrays = {name: found[source] for name, source in whole.items() if source in found}
    values = answers.numpy()
    arrays |= {
        "top5": output.logits.topk(5).indices.numpy(),
        "exit_confidence_maxlogit": largest_logit(values),
        "exit_negative_entropy": negative_entropy(values),
        "exit_confidence_maxprob": torch.softmax(answers, 2).amax(2).numpy(),
    }
    return NetworkRun(arrays | more, values)


def _whole_name(name: str) -> str:
    for ending in _THINNED:
        name = name.removesuffix(ending)
    return name
