"""What a bundle's videos keep between batches: a row on the device for each view, allocated once."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from foveate.bundle.manifest import Graph, Output
from foveate.bundle.vocabulary import ElementType, Sink, Source, UnitKind
from foveate.device.protocol import Buffer, Device, Part, Stream
from foveate.device.runs import runs
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.errors import OverloadedError

_RETRY_S = 1.0
_FEATURES_OF = {Source.GLANCE: Stage.GLANCE, Source.FOCUS: Stage.FOCUS}
TYPES = {
    ElementType.FLOAT32: torch.float32,
    ElementType.FLOAT16: torch.float16,
    ElementType.INT64: torch.int64,
}


@dataclass(frozen=True, slots=True)
class Array:
    """One kind of value of all views.

    Attributes:
        buffer: ((rows + 1) * each, ...), the values of a row one after the other.
        each: values in a row: glances or steps, or 1 where there is one for the whole video.
    """

    buffer: Buffer
    each: int

    def part(self, places: Iterable[int]) -> Part:
        """Rows of the buffer, by place."""
        return Part(self.buffer, list(places))

    def of_row(self, row: int) -> range:
        """Places of a row's values."""
        return range(row * self.each, (row + 1) * self.each)


class Arena:
    """The arrays of one bundle.

    Args:
        device: where they are.
        plan: the bundle's plan.
        rows: views that may be in flight at once.
        stream: on which rows are zeroed.
    """

    def __init__(self, device: Device, plan: BundlePlan, rows: int, stream: Stream) -> None:
        self.spare = rows
        self.features: dict[tuple[Stage, str], Array] = {}
        self.states: dict[tuple[Stage, str], Array] = {}
        self._device, self._stream = device, stream
        self._cleared = device.event()
        self._lock = threading.Lock()
        self._free = list(range(rows - 1, -1, -1))
        self._unclean: set[int] = {rows}
        read = _features_read(plan)
        for stage, output in _outputs(plan):
            key = (stage, output.of or output.name)
            if output.sink is Sink.FEATURE and key in read and key not in self.features:
                self.features[key] = self._feature(plan, stage, output)
            elif output.sink is Sink.STATE and key not in self.states:
                self.states[key] = self._array(1, output.shape, TYPES[output.dtype])
        self.rectangles = self._array(plan.steps, (4,), torch.float32)
        self._clear(self._unclean)

    def take(self, count: int) -> tuple[int, ...]:
        """Rows for the views of a video; nothing is asked of the device yet.

        Raises:
            OverloadedError: too few are free.
        """
        with self._lock:
            if count > len(self._free):
                raise OverloadedError("the device has no room for another video", _RETRY_S)
            rows = tuple(self._free.pop() for _ in range(count))
            self._unclean.update(rows)
            return rows

    def give_back(self, rows: Iterable[int]) -> None:
        """Rows of a video of which nothing runs any more."""
        with self._lock:
            self._free.extend(rows)

    def ready(self, reader: Stream) -> None:
        """Make a stream wait until all rows taken so far have been zeroed."""
        with self._lock:
            if self._unclean:
                self._clear(self._unclean)
            reader.wait(self._cleared)

    def _clear(self, rows: set[int]) -> None:
        arrays, chosen = self.arrays(), sorted(rows)
        # Rows of videos that came together mostly lie together: a kernel an array, not one a row.
        spans = [(chosen[start], chosen[stop - 1] + 1) for start, stop in runs(chosen)]

        def work() -> None:
            for array in arrays:
                for start, stop in spans:
                    array.buffer.tensor[start * array.each : stop * array.each].zero_()

        parts = [array.part(array.of_row(row)) for array in arrays for row in chosen]
        self._stream.launch(work, (), parts)
        self._stream.record(self._cleared)
        rows.clear()

    def arrays(self) -> list[Array]:
        """All of them."""
        return [*self.features.values(), *self.states.values(), self.rectangles]

    def free(self) -> None:
        """Give the memory back."""
        self._stream.synchronize()
        for array in self.arrays():
            array.buffer.free()

    def _feature(self, plan: BundlePlan, stage: Stage, output: Output) -> Array:
        network = plan.network(stage)
        assert network is not None
        count = len(plan.manifest.plan.glance) if stage is Stage.GLANCE else plan.steps
        if network.unit is UnitKind.FRAME:
            return self._array(count, output.shape, TYPES[output.dtype])
        each = bool(output.shape) and output.shape[0] == count
        if each:
            return self._array(count, output.shape[1:], TYPES[output.dtype])
        return self._array(1, output.shape, TYPES[output.dtype])

    def _array(self, each: int, shape: tuple[int, ...], dtype: torch.dtype) -> Array:
        return Array(self._device.empty(((self.spare + 1) * each, *shape), dtype), each)


def whole_rows(array: Array, rows: Tensor) -> Tensor:
    """All values of rows, for launched work: (n, each, ...)."""
    tensor = array.buffer.tensor
    return tensor.view(-1, array.each, *tensor.shape[1:]).index_select(0, rows)


def _features_read(plan: BundlePlan) -> set[tuple[Stage, str]]:
    return {
        (_FEATURES_OF[port.source], port.of or "")
        for stage in Stage
        for graph in _graphs(plan, stage)
        for port in graph.inputs
        if port.source in _FEATURES_OF
    }


def _outputs(plan: BundlePlan) -> list[tuple[Stage, Output]]:
    return [(stage, out) for stage in Stage for graph in _graphs(plan, stage) for out in graph.outputs]


def _graphs(plan: BundlePlan, stage: Stage) -> list[Graph]:
    network = plan.network(stage)
    return list(network.forms.values()) if network else []
