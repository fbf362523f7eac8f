"""The interface of a runtime: load a graph, run a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from foveate.bundle.manifest import Graph

Tensor = NDArray[Any]


class LoadedGraph(Protocol):
    """A graph ready to run. May be called from several threads at once."""

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch.

        Args:
            inputs: each input by name, the batch axis first.

        Returns:
            The outputs in the manifest's order, the batch axis first.
        """
        ...


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A runtime that was not chosen.

    Attributes:
        name: as it is asked for.
        reason: why it was passed over.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """What runs the graphs, and why it and nothing better.

    Attributes:
        name: the runtime and its provider, as shown to users.
        device: the device it runs on.
        reason: why this one was chosen.
        passed_over: what was tried before it, best first.
    """

    name: str
    device: str
    reason: str
    passed_over: tuple[PassedOver, ...] = ()


class Runtime(Protocol):
    """A way to run graphs on one device."""

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        ...

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file.

        Raises:
            BundleError: the file cannot be loaded, or its inputs and outputs are not the manifest's.
        """
        ...
