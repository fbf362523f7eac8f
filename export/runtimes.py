"""Ways to run a bundle's graphs that only an export needs: the networks themselves, and both side by side."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

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
