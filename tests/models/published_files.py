"""Files as the published scripts save them, from golden weights; and what a forward is held to."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export.golden import GoldenSet, load_golden

_PREFIXED = re.compile(r"entries with the prefix (\S+) ?, prefix removed")


def golden_set(shared: Path, name: str) -> GoldenSet:
    torch.set_num_threads(1)
    return load_golden(shared / "golden", name)


@dataclass(frozen=True)
class TakesNoSpace:
    """Writes a checkpoint of hundreds of megabytes, and removes it after it was read."""

    path: Path

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.path.unlink()


def written(golden: GoldenSet, folder: Path) -> TakesNoSpace:
    path = folder / "published.pth.tar"
    torch.save(laid_out(golden), path)
    return TakesNoSpace(path)


def laid_out(golden: GoldenSet) -> dict[str, Any]:
    """Every top-level key of ``checkpoint_layout``, those that nobody reads at evaluation included."""
    weights = golden.weights()
    return {key: _value(what, weights) for key, what in golden.spec["checkpoint_layout"]["keys"].items()}


def _value(what: str, weights: dict[str, Tensor]) -> Any:
    prefixed = _PREFIXED.match(what)
    if prefixed:
        start = prefixed[1]
        return {k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)}
    if what.startswith("entries below but those"):
        return {k: v for k, v in weights.items() if not k.startswith("policy.")}
    if "preceded by module." in what:
        return {f"module.{k}": v for k, v in weights.items()}
    if what in ("SGD state", "stage 1 and 3 only"):
        return {
            "state": {0: {"momentum_buffer": torch.zeros(3)}},
            "param_groups": [{"lr": 0.0, "params": [0]}],
        }
    return {"int": 49, "str, resnet50": "resnet50", "float": 48.6}.get(what, torch.tensor(48.6))


def chosen(golden: GoldenSet, which: str) -> Tensor:
    """Normalised glance or focus frames of a set whose input names both."""
    return golden.frames()[:, golden.spec["input"][which]]


def misses(golden: GoldenSet, output: Any) -> dict[str, tuple[float, float]]:
    """The arrays of a set that a forward's output does not meet: error and tolerance by name."""
    missed = {}
    for name in golden.arrays:
        value = getattr(output, name).detach().numpy()
        error, allowed = golden.error(name, np.asarray(value)), golden.tolerance(name)
        print(f"{name:16} error {error:.2e} of {allowed:.2e}")
        if not error <= allowed:
            missed[name] = (error, allowed)
    return missed
