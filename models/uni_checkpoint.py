"""What the readers of Uni-AdaFocus's three published layouts share."""

from collections.abc import Callable, Mapping

from torch import Tensor

from foveate.errors import CheckpointError
from models.published import Network, check_side, filled
from models.uni_adafocus import UniOptions
from models.uni_policy import UniPolicySizes

POLICIES = {"policy.spatial.": "spatial_policy.", "policy.temporal.": "temporal_policy."}
"""Where the policies' entries are in a file."""


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


def built(make: Callable[[], Network], state: Mapping[str, Tensor]) -> Network:
    """A network with these weights, in evaluation mode; see ``filled``.

    Raises:
        CheckpointError: the network cannot be made with its options.
    """
    try:
        return filled(make, state)
    except ValueError as error:
        raise CheckpointError(f"these options do not fit the checkpoint: {error}") from error
