"""A folder of golden sets like the published one, made of a small network of our own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.golden import load_golden
from export.golden_adafocus import adafocus_case
from export.golden_case import NetworkCase
from export.golden_uni import ocsampler_case
from models.adafocus_checkpoint import published_layout
from models.ocsampler import OCSampler, OCSamplerOptions
from models.ocsampler_checkpoint import ocsampler_layout
from tests.models.small import PATCH, SIZES, small_state
from tests.models.small_networks import seeded
from tests.models.small_uni import OCS

NETWORK, OCSAMPLER = "small-network", "small-sampler"
_FILL = """
from foveate.parity.frames import smooth_frames
from models.seeded import seeded_state


def fill(name, shape):
    return seeded_state({name: tuple(shape)})[name].numpy()


def frames(seed, shape):
    return smooth_frames(shape[0], shape[1], shape[2], seed)
"""
_KEYS = {
    "glancer": "glancer.",
    "focuser": "focuser.",
    "fc": "classifier.",
    "policy": "focuser.policy.policy.",
}
_STORED = {
    "gmap": "[..., ::2, :, :]",
    "gvec": "[..., ::3]",
    "local": "[..., ::4]",
    "patches": "[..., ::8, ::8]",
    "sampler_feat": "[:, :, ::4]",
    "backbone_feat": "[:, :, ::8]",
}
_ARRAYS = (
    *("gmap", "gvec", "policy_hidden", "policy_logits", "actions", "corners"),
    *("patches", "local", "logits", "pred"),
)
_OCSAMPLER_ARRAYS = (
    *("sampler_feat", "frame_probs", "frame_index", "backbone_feat", "pooled_embedding"),
    *("logits", "scores", "top5", "sampled_frames"),
)


@dataclass(frozen=True)
class Sizes:
    """What may differ from one set to the next."""

    patch: int = PATCH
    videos: int = 2
    frames: int = 3
    classes: int = 5
    seed: int = 5
    mean: bool = False


USUAL = Sizes()


def make_network_set(folder: Path, sizes: Sizes = USUAL) -> None:
    """A set of AdaFocus with few channels; by default two videos of three frames and five classes."""
    hidden = None if sizes.mean else SIZES.classifier_hidden
    network = replace(SIZES, classifier_hidden=hidden, classes=sizes.classes)
    parts = published_layout(small_state(network))
    entries = {prefix + name: tensor for key, prefix in _KEYS.items() for name, tensor in parts[key].items()}
    layout = {key: f"entries with the prefix {prefix} , prefix removed" for key, prefix in _KEYS.items()}
    spec: dict[str, Any] = {
        "system": "adafocus-v1",
        "config": {"patch_size": sizes.patch, "consensus": "fc" if sizes.mean else "gru"},
        "checkpoint_layout": {"keys": {"epoch": "int", **layout}},
        "preprocess": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "input": {"seed": sizes.seed, "shape": [sizes.videos, sizes.frames, 96, 96, 3]},
    }
    exact = ("actions", "corners")
    arrays = {name: (_STORED.get(name, "[...]"), 0 if name in exact else 1e-3) for name in _ARRAYS}
    _write(folder, NETWORK, spec | {"state_dict": _listed(entries)}, adafocus_case(), arrays)


def make_ocsampler_set(folder: Path, classes: int, kept: int, frames: int, divisor: int, seed: int) -> None:
    """A set of OCSampler with few channels: one video of so many frames."""
    options = OCSamplerOptions(kept, divisor)
    model = seeded(OCSampler(replace(OCS, classes=classes), options))
    spec: dict[str, Any] = {
        "system": "ocsampler",
        "config": {
            "candidate_frames": options.frames,
            "kept_frames": kept,
            "sampler_size": options.skim_side,
            "shift_div": divisor,
        },
        "checkpoint_layout": {"top": ["meta", "state_dict", "optimizer"], "prefix": ""},
        "preprocessing": (
            "float32(x) - (123.675, 116.28, 103.53), times 1/(58.395, 57.12, 57.375), channels first"
        ),
        "input": {"seed": seed, "shape": [1, frames, 224, 224, 3]},
        "state_dict": _listed(ocsampler_layout(model)["state_dict"]),
    }
    exact = ("frame_index", "sampled_frames", "top5")
    arrays = {name: (_STORED.get(name, "[...]"), 0 if name in exact else 1e-3) for name in _OCSAMPLER_ARRAYS}
    _write(folder, OCSAMPLER, spec, ocsampler_case(), arrays)


def _listed(state: Mapping[str, torch.Tensor]) -> list[dict[str, Any]]:
    return [{"name": name, "shape": list(tensor.shape), "dtype": "float32"} for name, tensor in state.items()]


def _write(
    folder: Path, name: str, spec: dict[str, Any], case: NetworkCase, arrays: dict[str, tuple[str, float]]
) -> None:
    """A set of what the network itself gives: of each array how it is stored, and the tolerance."""
    (folder / "fill.py").write_text(_FILL)
    described = {array: {"stored": stored, "atol": atol} for array, (stored, atol) in arrays.items()}
    path, numbers = folder / f"{name}.json", folder / f"{name}.npz"
    path.write_text(json.dumps(spec | {"arrays": described}))
    nothing: dict[str, Any] = {array: np.zeros(0) for array in arrays}
    np.savez(numbers, **nothing)
    golden = load_golden(folder, name)
    torch.save(golden.checkpoint(), folder / "checkpoint")
    with torch.no_grad():
        found = case.run(golden, case.build(golden, folder / "checkpoint")).arrays
    (folder / "checkpoint").unlink()
    np.savez(numbers, **{array: found[array][_index(stored)] for array, (stored, _) in arrays.items()})
    shapes = {array: {"shape": list(found[array].shape)} for array in arrays}
    whole = {array: described[array] | shapes[array] for array in arrays}
    path.write_text(json.dumps(spec | {"arrays": whole}))


def spoil(folder: Path, array: str, by: float, name: str = NETWORK) -> None:
    """Change the first number of one array."""
    with np.load(folder / f"{name}.npz") as arrays:
        stored = dict(arrays)
    stored[array].reshape(-1)[0] += by
    np.savez(folder / f"{name}.npz", **stored)


def _index(text: str) -> Any:
    return eval(f"np.s_{text}", {"np": np})  # the index is written in this file
