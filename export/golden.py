"""Golden sets: numbers that published code gave on weights and frames anyone can make again.

A set is a ``.json`` and an ``.npz`` in one folder; ``fill.py`` there makes weights and frames.
"""

import importlib.util
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveate.errors import ConfigError

Array = NDArray[Any]
_PREFIX = re.compile(r"entries with the prefix (\S+) ?, prefix removed")
_EVERY = re.compile(r"preceded by (\S+\.)$")
_TRIPLE = re.compile(r"\(([\d.]+), ([\d.]+), ([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """One set of golden numbers.

    Attributes:
        spec: its JSON.
        arrays: its arrays, thinned as ``spec["arrays"]`` says.
        fill: makes the weights of an entry from its name and shape.
        draw: makes frames from a seed and a shape.
        slack: part of an array's largest value that what is not exact may be off besides, for weights of
            fewer bits than the set's; exact arrays, whole-pixel places among them, stay exact.
    """

    spec: dict[str, Any]
    arrays: dict[str, Array]
    fill: Callable[[str, list[int]], Array]
    draw: Callable[[int, list[int]], NDArray[np.uint8]]
    slack: float = 0.0

    def weights(self) -> dict[str, Tensor]:
        """Every published entry, made again."""
        return {
            entry["name"]: torch.from_numpy(self.fill(entry.get("fill", entry["name"]), entry["shape"]))
            for entry in self.spec["state_dict"]
        }

    def checkpoint(self) -> dict[str, Any]:
        """The weights arranged as the published scripts save them, further entries included."""
        weights = self.weights()
        layout = self.spec["checkpoint_layout"]
        if "keys" in layout:
            return {key: _part(what, weights) for key, what in layout["keys"].items()}
        prefixed = {layout["prefix"] + name: tensor for name, tensor in weights.items()}
        return {key: _named_part(key, prefixed) for key in layout["top"]}

    def pixels(self) -> NDArray[np.uint8]:
        """The frames (video, frame, height, width, 3) before normalisation."""
        return self.draw(self.spec["input"]["seed"], self.spec["input"]["shape"])

    def frames(self, numbers: Sequence[int] | None = None) -> Tensor:
        """The normalised frames (video, frame, 3, height, width).

        Args:
            numbers: the frames wanted, in this order; all of them where it is None.
        """
        pixels = self.pixels()
        return self.normalise(pixels if numbers is None else pixels[:, list(numbers)])

    def normalise(self, pixels: NDArray[np.uint8]) -> Tensor:
        """Frames (..., height, width, 3) to what the set's networks take (..., 3, height, width)."""
        normal = _normalised(pixels.astype(np.float32), self.spec)
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(normal, -1, -3)))

    def error(self, name: str, value: Array) -> float:
        """Largest absolute difference of a whole array from the golden one; infinite where shapes differ."""
        stored = self.spec["arrays"][name].get("stored", "[...]")
        thinned = thin(value, stored)
        wanted = self.arrays[name]
        if thinned.shape != wanted.shape:
            return float("inf")
        return float(np.abs(thinned.astype(np.float64) - wanted.astype(np.float64)).max())

    def tolerance(self, name: str) -> float:
        """The absolute difference allowed; 0 for exact arrays."""
        allowed = float(self.spec["arrays"][name]["atol"])
        if not allowed or not self.slack:
            return allowed
        return max(allowed, self.slack * max(1.0, float(np.abs(self.arrays[name]).max())))


def load_golden(folder: Path, name: str) -> GoldenSet:
    """Load a set by its name; one of rules may be without arrays.

    Raises:
        ConfigError: it is not in the folder.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise ConfigError(f"there is no golden set {name} in {folder}")
    stored: dict[str, Array] = {}
    if (folder / f"{name}.npz").is_file():
        with np.load(folder / f"{name}.npz") as arrays:
            stored = dict(arrays)
    source = importlib.util.spec_from_file_location("golden_fill", folder / "fill.py")
    if source is None or source.loader is None:
        raise ConfigError(f"{folder} has no fill.py")
    module = importlib.util.module_from_spec(source)
    source.loader.exec_module(module)
    return GoldenSet(json.loads(path.read_text("utf-8")), stored, module.fill, module.frames)


def _normalised(pixels: NDArray[np.float32], spec: dict[str, Any]) -> NDArray[np.float32]:
    """By the rules of ``preprocess``, or by the two triples of numbers in the text of ``preprocessing``."""
    text = spec.get("preprocessing", "")
    if "preprocess" in spec:
        means, stds = spec["preprocess"]["mean"], spec["preprocess"]["std"]
    else:
        means, stds = ([float(number) for number in triple] for triple in _TRIPLE.findall(text)[:2])
    mean, std = np.array(means, np.float32), np.array(stds, np.float32)
    if "preprocess" in spec or "x/255" in text:
        return np.asarray((pixels / np.float32(255) - mean) / std, np.float32)
    factors = np.array([1 / value for value in stds], np.float32)
    return np.asarray((pixels - mean) * factors, np.float32)


def _named_part(key: str, weights: dict[str, Tensor]) -> Any:
    """What a published script has under a top-level key that is only named."""
    if key == "state_dict":
        return weights
    if key == "meta":
        return {"epoch": 50, "iter": 6350, "mmcv_version": "1.5.3", "time": "Thu Jun 2 10:00:00 2022"}
    if key == "arch":
        return "resnet50"
    return _part("a tensor" if key.startswith("best_") else key, weights)


def _part(what: str, weights: dict[str, Tensor]) -> Any:
    prefixed = _PREFIX.match(what)
    if prefixed:
        prefix = prefixed[1]
        return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    if what.startswith("every entry"):
        prefix = _EVERY.search(what)
        return {(prefix[1] if prefix else "") + name: tensor for name, tensor in weights.items()}
    if "optimizer" in what:
        return _optimizer(weights)
    if "scaler" in what:
        return {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 0}
    return torch.tensor(75.0) if "tensor" in what else 49


def _optimizer(weights: dict[str, Tensor]) -> dict[str, Any]:
    """A small state in the form that ``torch.optim.SGD`` saves."""
    buffer = next(iter(weights.values()))
    groups = [{"lr": 5e-4, "momentum": 0.9, "weight_decay": 1e-4, "nesterov": False, "params": [0]}]
    return {"state": {0: {"momentum_buffer": torch.zeros_like(buffer)}}, "param_groups": groups}


def thin(value: Array, stored: str) -> Array:
    """Apply an index written as Python writes it, such as ``[..., ::4]``, or take the four statistics."""
    if stored == "stat":
        whole = value.astype(np.float64)
        return np.array([whole.mean(), whole.std(), whole.min(), whole.max()])
    parts = [part.strip() for part in stored.strip("[]").split(",")]
    index = tuple(Ellipsis if part == "..." else _index(part) for part in parts)
    thinned: Array = np.asarray(value[index])
    return thinned


def _index(text: str) -> slice | int:
    if ":" not in text:
        return int(text)
    start, stop, step = (int(number) if number else None for number in [*text.split(":"), "", ""][:3])
    return slice(start, stop, step)
