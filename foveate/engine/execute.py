"""Runs batches on the CPU: gathers inputs from the videos' stores, calls the graph, scatters its outputs."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Input, Output, Pixels
from foveate.bundle.vocabulary import Form, Sink, Source, Span, UnitKind
from foveate.engine.executor import Pages, keep_on_host, looked_at, outcome_of
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore, ViewStore
from foveate.engine.units import Batch, Outcome, Unit
from foveate.errors import ExecutionError
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look
from foveate.runtimes.base import LoadedGraph, Tensor

PageReader = Callable[[int, tuple[int, ...]], NDArray[np.uint8]]
"""Gives the page of a number as an array of a shape, without a copy."""

_FEATURES_OF = {Source.GLANCE: Stage.GLANCE, Source.FOCUS: Stage.FOCUS}


class Executor:
    """Runs the batches of one bundle; see ``BatchExecutor``.

    Args:
        plan: the bundle's plan.
        graphs: its loaded graphs, by stage and form.
        page: where the frames are.
    """

    def __init__(
        self, plan: BundlePlan, graphs: dict[tuple[Stage, Form], LoadedGraph], page: PageReader
    ) -> None:
        preprocessing = plan.manifest.preprocessing
        self._plan = plan
        self._graphs = graphs
        self._page = page
        self._frame_shape = (preprocessing.crop, preprocessing.crop, 3)
        self._whole = np.array([0, 0, preprocessing.crop, preprocessing.crop], np.float32)
        self._normaliser = Normaliser.of(preprocessing.mean, preprocessing.std)

    def open(self, pages: Pages) -> VideoStore:
        """See ``BatchExecutor.open``."""
        return VideoStore(self._plan, pages)

    def close(self, store: VideoStore) -> None:
        """See ``BatchExecutor.close``; arrays go with their store."""

    def run(self, batch: Batch, stores: Sequence[VideoStore], scratch: Scratch) -> list[Outcome]:
        """See ``BatchExecutor.run``."""
        stage, form = batch.key.stage, batch.key.form
        network = self._plan.network(stage)
        assert network is not None
        graph = network.forms[form]
        views = [store.views[unit.view] for unit, store in zip(batch.units, stores, strict=True)]
        inputs: dict[str, Tensor] = {}
        for port in graph.inputs:
            if port.source is Source.PIXELS:
                assert network.pixels is not None
                inputs[port.name] = self._pixels(batch, stores, network.pixels, port, scratch)
            else:
                inputs[port.name] = self._gather(stage, port, batch.units, views)
        results = self._graphs[stage, form].run(inputs)
        outcomes = [Outcome()] * len(batch.units)
        for output, values in zip(graph.outputs, results, strict=True):
            if values.shape != (len(batch.units), *output.shape):
                raise ExecutionError(f"{graph.file}: {output.name} came as {values.shape}")
            if output.sink is Sink.KEEP:
                outcomes = [outcome_of(self._plan, value) for value in values]
            for unit, view, value in zip(batch.units, views, values, strict=True):
                self._scatter(unit, view, output, value)
        return outcomes

    def _pixels(
        self, batch: Batch, stores: Sequence[VideoStore], pixels: Pixels, port: Input, scratch: Scratch
    ) -> Tensor:
        frames: list[NDArray[np.uint8]] = []
        rectangles: list[NDArray[np.float32]] = []
        for unit, store in zip(batch.units, stores, strict=True):
            view = store.views[unit.view]
            for entry, step in looked_at(self._plan, unit, view):
                frames.append(self._page(store.pages[unit.view][entry], self._frame_shape))
                rectangles.append(self._whole if step is None else view.rectangles[step])
        out = scratch.take((len(frames), 3, pixels.height, pixels.width))
        look(frames, np.stack(rectangles), pixels, self._normaliser, out)
        return out.reshape(len(batch.units), *port.shape)

    def _gather(self, stage: Stage, port: Input, units: Sequence[Unit], views: Sequence[ViewStore]) -> Tensor:
        if port.source is Source.STEP:
            return np.array([unit.index for unit in units], np.int64)
        if port.source is Source.STATE:
            zeros = np.zeros(port.shape, port.dtype)
            rows = [view.states.get((stage, port.of or ""), zeros) for view in views]
        else:
            key = (_FEATURES_OF[port.source], port.of or "")
            rows = [self._feature(view, key, port, unit) for unit, view in zip(units, views, strict=True)]
        # One row is passed on as it lies: the map of a whole video is megabytes.
        return rows[0][None] if len(rows) == 1 else np.stack(rows)

    def _feature(self, view: ViewStore, key: tuple[Stage, str], port: Input, unit: Unit) -> Tensor:
        if key not in view.features:
            # No patch was focused on yet: zeros stand for those that were dropped.
            shape = port.shape if port.span is Span.ALL else (self._plan.steps, *port.shape)
            # Another lane may be storing the feature of a later patch, which must not be lost.
            view.features.setdefault(key, np.zeros(shape, port.dtype))
        values = view.features[key]
        return values if port.span is Span.ALL else values[unit.index]

    def _scatter(self, unit: Unit, view: ViewStore, output: Output, value: Tensor) -> None:
        if output.sink is Sink.FEATURE:
            self._store_feature(unit, view, output, value)
        elif output.sink is Sink.STATE:
            view.states[unit.stage, output.of or ""] = value
        else:
            keep_on_host(self._plan, unit, view, output, value)

    def _store_feature(self, unit: Unit, view: ViewStore, output: Output, value: Tensor) -> None:
        key = (unit.stage, output.of or output.name)
        network = self._plan.network(unit.stage)
        assert network is not None
        if unit.stage not in _FEATURES_OF.values():
            return  # an output that nothing reads, kept in the graph for comparison
        if network.unit is UnitKind.VIDEO:
            view.features[key] = value
            return
        count = self._plan.glances if unit.stage is Stage.GLANCE else self._plan.steps
        if key not in view.features:
            view.features.setdefault(key, np.zeros((count, *output.shape), value.dtype))
        view.features[key][unit.index] = value
