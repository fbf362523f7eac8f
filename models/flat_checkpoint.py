"""Checkpoints that have one network's weights under ``state_dict``: most of the published ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from models.checkpoint import Shapes, file_sha256, load_checkpoint
from models.published import arrange, incomplete, outline, parallel_entries, refuse_other, take
from models.seeded import shapes_of

Sizes = TypeVar("Sizes")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class FlatCheckpoint(Generic[Sizes]):
    """A checkpoint that has been read and found complete.

    Attributes:
        sizes: what its shapes tell.
        state: state dict of the network.
        dropped: entries left out knowingly, by their names in the file.
        sha256: of the file.
    """

    sizes: Sizes
    state: dict[str, Tensor]
    dropped: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class FlatLayout(Generic[Sizes]):
    """How one system's weights lie in a file.

    Attributes:
        system: as its authors write it.
        unused: beginnings of the names that inference does not need, without ``module.``.
        sizes: what the shapes of the entries tell; a KeyError, IndexError or ValueError says what is
            missing.
        network: a network of these sizes; its storage is never asked for.
        names: the published name of one of its entries; a list where it is a stack of published ones.
        prefix: put before each name by the published scripts.
    """

    system: str
    unused: tuple[str, ...]
    sizes: Callable[[Shapes], Sizes]
    network: Callable[[Sizes], nn.Module]
    names: Callable[[str, Sizes], str | list[str]]
    prefix: str = "module."

    def read(
        self, path: Path, made: Callable[[Sizes, dict[str, Tensor], tuple[str, ...], str], Read]
    ) -> Read:
        """Read a file; ``made`` is given the fields of a ``FlatCheckpoint``.

        Raises:
            CheckpointError: it cannot be read, is of another system, or is not complete.
        """
        content = load_checkpoint(path)
        refuse_other(content, self.system, path)
        found, left = parallel_entries(content, self.unused, path)
        try:
            sizes = self.sizes(shapes_of(found))
        except (KeyError, IndexError, ValueError) as error:
            raise incomplete(path, self.system, error) from error
        network = outline(lambda: self.network(sizes))
        state = take(network, found, lambda name: self.names(name, sizes), "state_dict", path)
        return made(sizes, state, tuple(left), file_sha256(path))

    def arrange(
        self, network: nn.Module, sizes: Sizes, extra: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A network's weights as the published scripts save them: what to pass to ``torch.save``.

        Args:
            network: its entries that are used nowhere are left out.
            sizes: its own.
            extra: further top-level entries, such as ``epoch``.
        """
        arranged = arrange(network.state_dict(), lambda name: self.names(name, sizes))
        return {
            "state_dict": {f"{self.prefix}{name}": tensor for name, tensor in arranged.items()},
            **(extra or {}),
        }
