"""Reading the golden numbers."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read(shared: Path, name: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((shared / "golden" / f"{name}.json").read_text())
    return result


def arrays(shared: Path, name: str) -> dict[str, NDArray[Any]]:
    with np.load(shared / "golden" / f"{name}.npz") as stored:
        return dict(stored)


def frame(shared: Path, seed: int, shape: list[int]) -> NDArray[np.uint8]:
    """The first frame of the deterministic ones that golden numbers were made from."""
    spec = importlib.util.spec_from_file_location("fill", shared / "golden" / "fill.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: NDArray[np.uint8] = module.frames(seed, shape)
    first: NDArray[np.uint8] = made[0, 0]
    return first
