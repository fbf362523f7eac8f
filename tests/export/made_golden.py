"""A folder of golden sets like the published one, made of a small network of our own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.golden import load_golden
from models.adafocus_checkpoint import published_layout, read_adafocus
from tests.models.small import PATCH, small_state

NETWORK = "small-network"
_FILL = """
from export.frames import smooth_frames
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
}
_ARRAYS = ("policy_hidden", "policy_logits", "actions", "corners", "logits", "pred", *_STORED)


def make_network_set(folder: Path) -> None:
    """Two videos of three frames through a recurrent network of five classes."""
    (folder / "fill.py").write_text(_FILL)
    parts = published_layout(small_state())
    entries = [
        {"name": prefix + name, "shape": list(tensor.shape), "dtype": "float32"}
        for key, prefix in _KEYS.items()
        for name, tensor in parts[key].items()
    ]
    layout = {key: f"entries with the prefix {prefix} , prefix removed" for key, prefix in _KEYS.items()}
    spec: dict[str, Any] = {
        "system": "adafocus-v1",
        "config": {"patch_size": PATCH, "consensus": "gru"},
        "checkpoint_layout": {"keys": {"epoch": "int", **layout}},
        "preprocess": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "input": {"seed": 5, "shape": [2, 3, 96, 96, 3]},
        "state_dict": entries,
        "arrays": {},
    }
    path = folder / f"{NETWORK}.json"
    path.write_text(json.dumps(spec))
    golden = load_golden(folder, NETWORK)
    torch.save(golden.checkpoint(), folder / "checkpoint")
    with torch.no_grad():
        output = read_adafocus(folder / "checkpoint").build(PATCH)(golden.frames())
    (folder / "checkpoint").unlink()
    stored: dict[str, Any] = {}
    for name in _ARRAYS:
        whole = getattr(output, name).numpy()
        exact = name in ("actions", "corners")
        described = {"shape": list(whole.shape), "stored": _STORED.get(name, "[...]")}
        spec["arrays"][name] = described | {"atol": 0 if exact else 1e-3}
        stored[name] = whole[_index(described["stored"])]
    path.write_text(json.dumps(spec))
    np.savez(folder / f"{NETWORK}.npz", **stored)


def spoil(folder: Path, array: str, by: float) -> None:
    """Change the first number of one array."""
    with np.load(folder / f"{NETWORK}.npz") as arrays:
        stored = dict(arrays)
    stored[array].reshape(-1)[0] += by
    np.savez(folder / f"{NETWORK}.npz", **stored)


def _index(text: str) -> Any:
    return eval(f"np.s_{text}", {"np": np})  # the index is written in this file
