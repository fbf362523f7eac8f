"""What the readers of several published layouts share: from a file's names to a network's."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from foveate.errors import CheckpointError
from models.checkpoint import check_entries, entries
from models.identify import likely_system

Names = Callable[[str], str | list[str]]
"""The published name of a network's entry; a list where the entry is a stack of published ones."""

Network = TypeVar("Network", bound=nn.Module)
Value = TypeVar("Value")
SMALLEST_PATCH = 32


class OtherSystemError(CheckpointError):
    """A checkpoint is of another system than the one it was read as.

    Attributes:
        likely: the system it is likely of.
    """

    def __init__(self, path: Path, system: str, likely: str) -> None:
        super().__init__(f"{path} is not of {system}; by its entries it is of {likely}")
        self.likely = likely


def refuse_other(content: Mapping[str, Any], system: str, path: Path) -> None:
    """Refuse a file whose top level has the layout of another system.

    Raises:
        OtherSystemError: naming the system it is likely of.
    """
    likely = likely_system(content)
    if likely is not None and likely != system:
        raise OtherSystemError(path, system, likely)


def acting(state: Mapping[str, Tensor], unused: tuple[str, ...]) -> tuple[dict[str, Tensor], list[str]]:
    """Split entries into those that act, as float32, and the names of those left out.

    Args:
        state: entries of a file.
        unused: beginnings of the names that inference does not need; counters of batches never are.
    """
    left = [name for name in state if name.startswith(unused) or _counter(name)]
    dropped = set(left)
    return {name: tensor.float() for name, tensor in state.items() if name not in dropped}, left


def parallel_entries(
    content: Mapping[str, Any], unused: tuple[str, ...], path: Path
) -> tuple[dict[str, Tensor], list[str]]:
    """The acting entries under ``state_dict``, and the names in the file of those left out.

    Training on several devices puts ``module.`` before each name; it is taken off.

    Raises:
        CheckpointError: there is no such state dict.
    """
    published = entries(content, "state_dict", path)
    plain = {name.removeprefix("module."): tensor for name, tensor in published.items()}
    found, _ = acting(plain, unused)
    left = [f"state_dict.{name}" for name in published if name.removeprefix("module.") not in found]
    return found, left


def take(
    network: nn.Module, found: Mapping[str, Tensor], names: Names, key: str, path: Path
) -> dict[str, Tensor]:
    """A complete state dict for a network from a file's entries.

    Args:
        network: whose entries are wanted; it may be without storage.
        found: the acting entries under a key of the file.
        names: the file's name of each of the network's entries.
        key: what the message calls them.
        path: the file.

    Raises:
        CheckpointError: entries are missing, unexpected or of other shapes; by their names in the file.
    """
    wanted: dict[str, tuple[int, ...]] = {}
    state: dict[str, Tensor] = {}
    own = network.state_dict()
    sources = {name: names(name) for name in own if not _counter(name)}
    for name, source in sources.items():
        shape = tuple(own[name].shape)
        wanted |= {source: shape} if isinstance(source, str) else dict.fromkeys(source, shape[1:])
    check_entries(found, wanted, key, path)
    for name in own:
        # Counters of training batches mean nothing in evaluation; a network without storage needs some.
        source = sources.get(name, [])
        if isinstance(source, str):
            state[name] = found[source]
        elif source:
            state[name] = torch.stack([found[part] for part in source])
        else:
            state[name] = torch.zeros((), dtype=torch.int64)
    return state


def arrange(state: Mapping[str, Tensor], names: Names) -> dict[str, Tensor]:
    """A network's entries under their published names: the way back from ``take``."""
    arranged: dict[str, Tensor] = {}
    for name, tensor in state.items():
        target = names(name)
        if isinstance(target, str):
            arranged[target] = tensor
        else:
            arranged |= dict(zip(target, tensor, strict=True))
    return arranged


def under(state: Mapping[str, Value], prefix: str) -> dict[str, Value]:
    """The entries that begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def filled(make: Callable[[], Network], state: Mapping[str, Tensor]) -> Network:
    """A network with these weights, in evaluation mode, made without drawing weights first.

    The network shares its memory with ``state``.
    """
    with torch.device("meta"):
        network = make()
    network.load_state_dict(dict(state), assign=True)
    return network.eval()


def outline(make: Callable[[], Network]) -> Network:
    """A network without storage, for the names and shapes of its entries."""
    with torch.device("meta"):
        return make()


def check_side(patch: int, crop: int) -> None:
    """Refuse a patch that the focus network cannot take or the frame does not hold.

    Raises:
        CheckpointError: naming the limits.
    """
    if not SMALLEST_PATCH <= patch <= crop:
        raise CheckpointError(f"a patch side of {patch} does not lie between {SMALLEST_PATCH} and {crop}")


def check_stacked(stacked: int, channels: int) -> None:
    """Refuse a policy whose first layer does not take a whole number of glance maps, stacked.

    Raises:
        ValueError: naming the layer.
    """
    if not stacked or stacked % channels:
        raise ValueError("the policy's first layer")


def incomplete(path: Path, system: str, error: Exception) -> CheckpointError:
    """What to say of a file from which a size could not be read."""
    what = error.args[0] if error.args else error
    return CheckpointError(f"{path} is of {system} but not complete: {what} is missing or odd")


def one_of(value: int, allowed: Iterable[int], what: str, path: Path) -> None:
    """Refuse a size that no published model has.

    Raises:
        CheckpointError: listing those there are.
    """
    listed = tuple(allowed)
    if value not in listed:
        names = ", ".join(map(str, listed))
        raise CheckpointError(f"{what} in {path} is {value}; published: {names}")


def _counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")
