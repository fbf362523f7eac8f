"""Keeping what graphs take and give."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo, Tensor


class RecordingRuntime:
    """Keeps what every graph takes and gives, for one video after another.

    A network of single frames gives one row a unit and is called in their order; one of whole videos gives
    one row a video.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kept: dict[str, dict[str, list[Tensor]]] = {}

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._runtime.info

    @property
    def files(self) -> set[str]:
        """The graphs that ran."""
        return set(self._kept)

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load a graph."""
        return _Recorded(graph, self._runtime.load(path, graph), self._kept)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def values(self, file: str, port: str) -> Tensor:
        """All rows of an input or output, in the order in which they came."""
        return np.concatenate(self._kept[file][port])


class _Recorded:
    def __init__(self, graph: Graph, loaded: LoadedGraph, kept: dict[str, dict[str, list[Tensor]]]) -> None:
        self._graph = graph
        self._loaded = loaded
        self._kept = kept

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        outputs = self._loaded.run(inputs)
        kept = self._kept.setdefault(self._graph.file, {})
        for name, value in inputs.items():
            # Inputs may lie in memory that the next batch is gathered in.
            kept.setdefault(name, []).append(value.copy())
        for port, value in zip(self._graph.outputs, outputs, strict=True):
            kept.setdefault(port.name, []).append(value)
        return outputs
