"""Fake networks: seeded projections that fit any manifest; answers depend on every input they should."""

import math
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph, Manifest, Output
from foveate.bundle.vocabulary import Sink
from foveate.runtimes.base import RuntimeInfo, Tensor
from tests.engine.parts import CROP, PATCH

Hook = Callable[[Graph, Mapping[str, Tensor]], None]


class FakeGraph:
    """A graph whose outputs are squashed random projections of its inputs."""

    def __init__(self, graph: Graph, candidates: int, hook: Hook | None) -> None:
        self._graph = graph
        self._candidates = candidates
        self._hook = hook
        self.weights = {
            (output.name, port.name): _weights(graph, output.name, port.name, port.shape, output.shape)
            for output in graph.outputs
            for port in graph.inputs
        }

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        for port in self._graph.inputs:
            value = inputs[port.name]
            assert value.shape[1:] == port.shape, (port, value.shape)
            assert value.dtype == port.dtype, (port, value.dtype)
        if self._hook is not None:
            self._hook(self._graph, inputs)
        count = len(next(iter(inputs.values())))
        return [self._output(output, inputs, count) for output in self._graph.outputs]

    def _output(self, output: Output, inputs: Mapping[str, Tensor], count: int) -> Tensor:
        # One row at a time, so that a row's value cannot depend on its neighbours by rounding.
        rows = [
            self._row(output, {name: value[row] for name, value in inputs.items()}) for row in range(count)
        ]
        return np.stack(rows).reshape(count, *output.shape)

    def _row(self, output: Output, inputs: Mapping[str, Tensor]) -> Tensor:
        total = sum(
            self.weights[output.name, name] @ value.reshape(-1).astype(np.float64)
            for name, value in inputs.items()
        )
        squashed = np.tanh(np.asarray(total))
        if output.sink is Sink.RECTANGLES:
            return _rectangles(squashed.reshape(-1, 4)).reshape(output.shape)
        if output.sink is Sink.FRAMES:
            first = np.argsort(squashed, kind="stable")
            return np.sort(first + (self._candidates - len(first)) * (first % 2)).astype(np.int64)
        if output.sink is Sink.KEEP:
            return np.asarray((squashed + 1) / 2, np.float32)
        return np.asarray(3 * squashed, np.float32)


def _weights(
    graph: Graph, output: str, port: str, inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> NDArray[np.float64]:
    rng = np.random.default_rng(zlib.crc32(f"{graph.file}/{output}/{port}".encode()))
    size = max(1, int(np.prod(inputs)))
    return rng.standard_normal((int(np.prod(outputs)), size)) / math.sqrt(size)


def _rectangles(squashed: NDArray[np.float64]) -> NDArray[np.float32]:
    corners = np.floor((squashed[:, :2] + 1) / 2 * (CROP - PATCH))
    return np.concatenate([corners, np.full_like(corners, PATCH)], axis=1).astype(np.float32)


class FakeRuntime:
    """Loads fake graphs; ``hook`` sees every batch and may raise."""

    def __init__(self, manifests: Sequence[Manifest], hook: Hook | None = None) -> None:
        self._hook = hook
        self._candidates = {manifest.name: len(manifest.plan.candidates) for manifest in manifests}
        self.info = RuntimeInfo("fake", "none", "a test asked for it")

    def load(self, path: Path, graph: Graph) -> FakeGraph:
        return FakeGraph(graph, self._candidates[path.parent.name], self._hook)


class BatchLog:
    """A hook that notes each batch's graph and size."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, int]] = []
        self._lock = threading.Lock()

    def __call__(self, graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        with self._lock:
            self.batches.append((graph.file, len(next(iter(inputs.values())))))


def bundle(manifest: Manifest) -> Bundle:
    """A bundle with no files behind it."""
    labels = tuple(f"class {i}" for i in range(manifest.classes))
    return Bundle(folder=Path("/nowhere") / manifest.name, manifest=manifest, labels=labels)


class Pages:
    """Frames that any page number gives: seeded noise."""

    def __init__(self) -> None:
        self._pages: dict[int, NDArray[np.uint8]] = {}

    def __call__(self, page: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        if page not in self._pages:
            self._pages[page] = np.random.default_rng(page).integers(0, 256, shape, np.uint8)
        return self._pages[page]


def pages_of(manifest: Manifest, first: int) -> tuple[tuple[int, ...], ...]:
    """Distinct pages for each pool entry and view of a video."""
    pool = manifest.sampling.pool
    views = range(len(manifest.preprocessing.views))
    return tuple(tuple(first + view * pool + entry for entry in range(pool)) for view in views)
