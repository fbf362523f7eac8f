"""Ways to run a bundle's graphs that only an export needs: the networks themselves, and both side by side."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from export.graphs import GraphSpec
from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo, Tensor

Watch = Callable[[Graph, Sequence[Tensor], Sequence[Tensor]], None]
"""Told of each batch: the graph, what it gave, and what its network gives of the same inputs."""


class NetworkRuntime:
    """Runs the PyTorch module behind each graph, as it was before it was folded or rounded."""

    def __init__(self, specs: Sequence[GraphSpec]) -> None:
        self._modules = {spec.file: spec.module.eval() for spec in specs}

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return RuntimeInfo(f"torch {torch.__version__}", "cpu", "the networks themselves")

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """The module of a graph; no file is read."""
        return _Network(self._modules[path.name], graph)


class _Network:
    def __init__(self, module: nn.Module, graph: Graph) -> None:
        self._module = module
        self._names = [port.name for port in graph.inputs]

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        with torch.no_grad():
            out = self._module(*(torch.from_numpy(inputs[name]) for name in self._names))
        parts = out if isinstance(out, tuple) else (out,)
        return [part.numpy() for part in parts]


class SideBySide:
    """Runs both of two runtimes on every batch and goes on with what the second gives.

    So one graph's error is not another's.

    Args:
        found: what is looked at.
        wanted: what it is compared with.
        watch: told of each batch.
    """

    def __init__(self, found: Runtime, wanted: Runtime, watch: Watch) -> None:
        self._found = found
        self._wanted = wanted
        self._watch = watch

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._wanted.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load a graph in both."""
        return _Pair(graph, self._found.load(path, graph), self._wanted.load(path, graph), self._watch)


class _Pair:
    def __init__(self, graph: Graph, found: LoadedGraph, wanted: LoadedGraph, watch: Watch) -> None:
        self._graph = graph
        self._found = found
        self._wanted = wanted
        self._watch = watch

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        wanted = self._wanted.run(inputs)
        self._watch(self._graph, self._found.run(inputs), wanted)
        return wanted


class RememberingRuntime:
    """Runs a batch that came before, in any of its videos' runs, only once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loaded: dict[str, Remembered] = {}

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._runtime.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load a graph, or give the one that was loaded before."""
        if path.name not in self._loaded:
            self._loaded[path.name] = Remembered(self._runtime.load(path, graph))
        return self._loaded[path.name]


class Remembered:
    """A graph that gives the outputs of a batch it has seen without running again."""

    def __init__(self, graph: LoadedGraph) -> None:
        self._graph = graph
        self._seen: dict[bytes, Sequence[Tensor]] = {}

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch."""
        digest = hashlib.blake2b(digest_size=16)
        for name, value in inputs.items():
            digest.update(f"{name}{value.shape}".encode() + value.tobytes())
        key = digest.digest()
        if key not in self._seen:
            self._seen[key] = self._graph.run(inputs)
        return self._seen[key]


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
