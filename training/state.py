"""The state of a run on disk: always a whole one, whenever the process is killed."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from training.errors import TrainingError

STATE = "state.pt"


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the state in a folder; a reader finds the old one or the new one, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{STATE}.new"
    with fresh.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, folder / STATE)


def load_state(folder: Path, run: Callable[[int, int], str]) -> dict[str, Any] | None:
    """The state in a folder, or None where there is none yet.

    Args:
        folder: of the run.
        run: what tells its configuration from others, up to a stage and a step.

    Raises:
        TrainingError: the state is of another configuration.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state.get("run") != run(state["stage"], state["step"]):
        raise TrainingError(
            f"{path} is the state of another configuration: name another folder, or delete it to start again"
        )
    return state
