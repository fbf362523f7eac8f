"""Reading checkpoint files safely: what any published layout needs."""

import hashlib
import pickle
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foveate.errors import CheckpointError

Shapes = dict[str, tuple[int, ...]]


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint file into CPU memory without running any code in it.

    Args:
        path: a file that ``torch.save`` wrote.

    Returns:
        Its top level.

    Raises:
        CheckpointError: no such file, not a checkpoint, or one with objects other than tensors and numbers.
    """
    if not path.is_file():
        raise CheckpointError(f"{path} is not a file")
    try:
        with warnings.catch_warnings():
            # Of a pickle that torch did not write, torch says so at length; what comes of it is said here.
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(_refused(path, str(error))) from error
    except (RuntimeError, EOFError, ValueError, KeyError, AttributeError, OSError) as error:
        raise CheckpointError(f"{path} is no checkpoint, or is cut short: {_first_line(error)}") from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise CheckpointError(f"{path} holds no table of named entries but a {type(content).__name__}")
    return content


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entries(content: Mapping[str, Any], key: str, path: Path) -> dict[str, Tensor]:
    """The state dict under a top-level key.

    Raises:
        CheckpointError: the key is missing or holds something else.
    """
    if key not in content:
        raise CheckpointError(f"{path} has no entry '{key}'; it has {_listed(content) or 'none'}")
    value = content[key]
    if not isinstance(value, Mapping):
        raise CheckpointError(f"'{key}' in {path} is no state dict but {type(value).__name__}")
    if not all(isinstance(entry, Tensor) for entry in value.values()):
        raise CheckpointError(f"'{key}' in {path} is no state dict: not all that it holds are tensors")
    return {str(name): tensor for name, tensor in value.items()}


def check_entries(found: Mapping[str, Tensor], wanted: Shapes, part: str, path: Path) -> None:
    """Compare entries with those a network has.

    Raises:
        CheckpointError: entries are missing, unexpected, or of other shapes; the message names them.
    """
    missing, surplus = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    if missing:
        raise CheckpointError(f"'{part}' in {path} lacks {_listed(missing)}")
    if surplus:
        raise CheckpointError(f"'{part}' in {path} has entries that are not expected: {_listed(surplus)}")
    for name, shape in wanted.items():
        if tuple(found[name].shape) != shape:
            raise CheckpointError(
                f"'{part}.{name}' in {path} has the shape {tuple(found[name].shape)}, not {shape}"
            )


def _refused(path: Path, reason: str) -> str:
    # An unknown pickle instruction means that these bytes are no pickle; a refused object is named as such.
    if "Weights only load failed" in reason and "Unsupported operand" not in reason:
        what = next((line for line in reason.splitlines() if "Unsupported" in line or "GLOBAL" in line), "")
        return (
            f"{path} holds objects other than tensors, numbers and text, and is not read, because doing so "
            f"could run code from it: save it again with plain values only. {what.strip()}"
        ).strip()
    return f"{path} is no checkpoint"


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _listed(names: Iterable[str], most: int = 5) -> str:
    ordered = sorted(names)
    text = ", ".join(ordered[:most])
    return text if len(ordered) <= most else f"{text} and {len(ordered) - most} more"
