"""The state of a run on disk: always a whole one, whenever the process is killed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from foveate.errors import CheckpointError
from foveate.files import replacing
from models.checkpoint import load_checkpoint
from training.errors import TrainingError
from training.files import make_folder

STATE = "state.pt"
_AGAIN = "name another folder, or delete it to start again"
_KINDS = {"stage": int, "step": int, "network": dict}


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the state in a folder; a reader finds the old one or the new one, whole."""
    make_folder(folder)
    with replacing(folder / STATE) as fresh, fresh.open("wb") as file:
        torch.save(dict(state), file)


def load_state(folder: Path, run: Callable[[int, int], str]) -> dict[str, Any] | None:
    """The state in a folder, or None where there is none yet.

    Args:
        folder: of the run.
        run: what tells its configuration from others, up to a stage and a step.

    Raises:
        TrainingError: the state is damaged, or of another configuration.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        state = load_checkpoint(path)
    except CheckpointError as error:
        raise TrainingError(f"{path} is damaged, or no state of a run: {_AGAIN}") from error
    if not all(isinstance(state.get(name), kind) for name, kind in _KINDS.items()):
        raise TrainingError(f"{path} is no state of a run: {_AGAIN}")
    if state.get("run") != run(state["stage"], state["step"]):
        raise TrainingError(f"{path} is the state of another configuration: {_AGAIN}")
    return state
