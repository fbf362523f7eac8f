"""What the readers of Uni-AdaFocus's three published layouts share: everything is under ``state_dict``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from foveate.errors import CheckpointError
from models.checkpoint import entries, load_checkpoint
from models.published import acting, check_side, refuse_other
from models.uni_adafocus import UniOptions
from models.uni_policy import UniPolicySizes

POLICIES = {"policy.spatial.": "spatial_policy.", "policy.temporal.": "temporal_policy."}
"""Where the policies' entries are in a file."""


def read_entries(path: Path, system: str, unused: tuple[str, ...]) -> tuple[dict[str, Tensor], list[str]]:
    """The acting entries of a file, without ``module.``, and the names of those left out.

    Args:
        path: the file.
        system: the system it must be of.
        unused: beginnings of the names that inference does not need.

    Raises:
        CheckpointError: it cannot be read or is of another system.
    """
    content = load_checkpoint(path)
    refuse_other(content, system, path)
    published = entries(content, "state_dict", path)
    return acting({name.removeprefix("module."): value for name, value in published.items()}, unused)


def layout(state: Mapping[str, Tensor], extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Entries under their published names as the published scripts save them.

    Args:
        state: entries.
        extra: further top-level entries, such as ``epoch``.
    """
    return {"state_dict": {f"module.{name}": value for name, value in state.items()}, **(extra or {})}


def renamed(name: str, prefixes: Mapping[str, str]) -> str:
    """A name with the first of these beginnings that it has put into its published form."""
    own = next(prefix for prefix in prefixes if name.startswith(prefix))
    return prefixes[own] + name.removeprefix(own)


def check_options(policy: UniPolicySizes, options: UniOptions, reduction: int = 32) -> None:
    """Refuse options that do not fit the networks.

    Args:
        policy: sizes of the policies.
        options: to check.
        reduction: pixels of the glance network's input for one cell of its map; 0 where that input is
            resized.

    Raises:
        CheckpointError: naming what does not fit.
    """
    check_side(options.patch, options.crop)
    if not 1 <= options.smallest <= options.crop:
        raise CheckpointError(f"a smallest side of {options.smallest} does not fit a frame of {options.crop}")
    if reduction and -(-options.crop // reduction) != policy.map_side:
        raise CheckpointError(
            f"a frame of {options.crop} pixels gives no map of side {policy.map_side}, which the policy takes"
        )
