"""An engine ready to run: a context a bucket, captured graphs, scratch memory for all.

Not run on a GPU yet.

What a batch of one bucket does (copies to the GPU, the engine, copies back) is captured once, on a stream of
its own and for the capturing thread alone, so that others serve meanwhile; then it is launched at once. Where
it cannot be captured the three are enqueued anew for each batch, and the log says so.

One batch runs at a time on a GPU. The next is filled meanwhile, and the last is taken away: each engine has
two trays of host memory.
"""

import logging
import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import partial
from queue import LifoQueue
from typing import Any

import numpy as np

from foveate.bundle.manifest import Graph, Input, Output
from foveate.engine.lanes import DeviceLostError
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes.base import Tensor
from foveate.tensorrt.device import Bytes, Device
from foveate.tensorrt.held import Held
from foveate.tensorrt.kernels import Kernels
from foveate.tensorrt.profiles import Range, bucket_of, buckets, range_of
from foveate.tensorrt.said import Said

log = logging.getLogger(__name__)

_TRAYS = 2


class Shared:
    """What all engines on a GPU share: the GPU, a lock on it, and scratch memory for the one that runs.

    Attributes:
        device: the GPU.
        said: what the library says.
        lock: held while something runs there.
    """

    def __init__(self, device: Device, said: Said) -> None:
        self.device = device
        self.said = said
        self.lock = threading.Lock()
        self._engines: tuple[weakref.ref[EngineGraph], ...] = ()
        self._address = self._size = 0

    @property
    def captured(self) -> int:
        """Batch sizes that are launched as a graph."""
        return sum(engine.captured for engine in self._ready())

    @property
    def enqueued(self) -> int:
        """Batch sizes that could not be captured."""
        return sum(engine.enqueued for engine in self._ready())

    def add(self, engine: "EngineGraph") -> None:
        """Count an engine that is ready to run, as long as it is there."""
        # Put in the place of the last ones at once: others may count meanwhile.
        self._engines = (*(each for each in self._engines if each() is not None), weakref.ref(engine))

    def scratch(self, size: int) -> tuple[int, int]:
        """Address and size of memory of at least so many bytes.

        A larger piece does not take the place of an earlier one: graphs have that one's address in them.
        """
        with self.lock:
            if size > self._size:
                self._address, self._size = self.device.allocate(size), size
            return self._address, self._size

    def _ready(self) -> "list[EngineGraph]":
        return [engine for each in self._engines if (engine := each()) is not None]


class _Slot:
    """An input or output: memory on the GPU for the largest batch."""

    def __init__(self, port: Input | Output, most: int, held: Held) -> None:
        self.name = port.name
        self.shape = port.shape
        self.dtype = np.dtype(port.dtype.value)
        self.unit = int(np.prod(port.shape, dtype=np.int64)) * self.dtype.itemsize
        self.address = held.allocate(most * self.unit)


class _Tray:
    """Pinned memory of the host for the inputs and outputs of one batch, the largest."""

    def __init__(self, slots: Sequence[_Slot], most: int, held: Held) -> None:
        self._bytes = {slot.name: held.pinned(most * slot.unit) for slot in slots}

    def bytes(self, slot: _Slot, units: int) -> Bytes:
        return self._bytes[slot.name][: units * slot.unit]

    def array(self, slot: _Slot, units: int) -> Tensor:
        return self.bytes(slot, units).view(slot.dtype).reshape(units, *slot.shape)


class EngineGraph:
    """A graph's engine; see ``LoadedGraph``.

    Args:
        engine: as deserialised.
        settings: what its contexts are made with; see ``Flavour.settings``.
        graph: what the manifest says of it.
        ranges: of its profiles.
        shared: with the other engines.
        captured: whether batches are captured in graphs.
        kernels: what its settings lead to, kept as long as it is.

    Attributes:
        captured: batch sizes that are launched as a graph.
        enqueued: batch sizes that could not be captured.

    Raises:
        BundleError: a context cannot be made.
        ExecutionError: a batch cannot be run.
    """

    def __init__(
        self,
        engine: Any,
        settings: Any,
        graph: Graph,
        ranges: tuple[Range, ...],
        shared: Shared,
        captured: bool,
        kernels: Kernels | None = None,
    ) -> None:
        most = ranges[-1].most
        self._name = graph.file
        self._shared = shared
        # The library keeps no reference to any of them.
        self._engine, self._settings, self._kernels = engine, settings, kernels
        held = Held(shared.device, self, graph.file)
        self._buckets = buckets(most)
        self._scratch = shared.scratch(engine.device_memory_size_v2)
        self._inputs = [_Slot(port, most, held) for port in graph.inputs]
        self._outputs = [_Slot(port, most, held) for port in graph.outputs]
        self._trays = [_Tray((*self._inputs, *self._outputs), most, held) for _ in range(_TRAYS)]
        self._free: LifoQueue[int] = LifoQueue()
        self._contexts, self._graphs = held.contexts, held.graphs
        self.captured = self.enqueued = 0
        for bucket in self._buckets:
            self._contexts[bucket] = self._context(bucket, range_of(bucket, ranges))
        self._warm()
        if captured:
            self._capture_all()
        for number in range(_TRAYS):
            self._free.put(number)
        shared.add(self)

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch, in parts where it is larger than the largest bucket; see ``LoadedGraph.run``."""
        units, most = len(inputs[self._inputs[0].name]), self._buckets[-1]
        parts = [self._part(inputs, start, min(most, units - start)) for start in range(0, units, most)]
        return parts[0] if len(parts) == 1 else [np.concatenate(each) for each in zip(*parts, strict=True)]

    def _part(self, inputs: Mapping[str, Tensor], start: int, units: int) -> list[Tensor]:
        bucket, number = bucket_of(units, self._buckets), self._free.get()
        try:
            tray = self._trays[number]
            for slot in self._inputs:
                array = tray.array(slot, bucket)
                array[:units] = inputs[slot.name][start : start + units]
                # What was left of an earlier batch is valid input, but zeros are the same in every run.
                array[units:] = 0
            self._compute(bucket, number)
            return [tray.array(slot, units).copy() for slot in self._outputs]
        finally:
            self._free.put(number)

    def _compute(self, bucket: int, tray: int) -> None:
        device = self._shared.device
        with self._shared.lock:
            try:
                if (bucket, tray) in self._graphs:
                    device.launch(self._graphs[bucket, tray])
                else:
                    self._enqueue(bucket, tray, device.stream)
                device.wait(device.stream)
            except ExecutionError:
                self._settle()
                raise

    def _settle(self) -> None:
        """Tell an error of one batch from one after which the GPU refuses whatever it is given."""
        try:
            self._shared.device.wait(self._shared.device.stream)
        except ExecutionError as error:
            raise DeviceLostError(f"the GPU does not recover: {error}") from error

    def _enqueue(self, bucket: int, tray: int, stream: int) -> None:
        """Put everything that a batch does on a stream."""
        device, said, memory = self._shared.device, self._shared.said, self._trays[tray]
        for slot in self._inputs:
            device.upload(slot.address, memory.bytes(slot, bucket), stream)
        said.clear()
        if not self._contexts[bucket].execute_async_v3(stream):
            raise ExecutionError(f"{self._name}: a batch of {bucket} could not be started: {said.told()}")
        for slot in self._outputs:
            device.download(memory.bytes(slot, bucket), slot.address, stream)

    def _warm(self) -> None:
        """Run each bucket once: what its shapes ask for is done when a context first runs, or not at all."""
        device = self._shared.device
        for tray in self._trays:
            for slot in self._inputs:
                tray.array(slot, self._buckets[-1])[...] = 0
        for bucket in self._buckets:
            with self._shared.lock:
                self._enqueue(bucket, 0, device.loading)
                device.wait(device.loading)

    def _capture_all(self) -> None:
        """Capture the graph of each bucket that can be captured, for each tray."""
        for bucket in self._buckets:
            try:
                for tray in range(_TRAYS):
                    self._graphs[bucket, tray] = self._capture(bucket, tray)
                self.captured += 1
            except ExecutionError as error:
                self.enqueued += 1
                log.warning("%s: batches of %d are not captured in a graph: %s", self._name, bucket, error)

    def _capture(self, bucket: int, tray: int) -> Any:
        device = self._shared.device
        return device.capture(partial(self._enqueue, bucket, tray, device.loading))

    def _context(self, bucket: int, profile: int) -> Any:
        device, said = self._shared.device, self._shared.said
        said.clear()
        try:
            context = self._engine.create_execution_context(self._settings)
            done = context is not None
            if done:
                context.set_device_memory(*self._scratch)
                done = context.set_optimization_profile_async(profile, device.loading)
        except RuntimeError as error:
            raise self._no_context(bucket, str(error)) from error
        for slot in self._inputs:
            done = done and context.set_input_shape(slot.name, (bucket, *slot.shape))
        for slot in (*self._inputs, *self._outputs):
            done = done and context.set_tensor_address(slot.name, slot.address)
        if not done:
            raise self._no_context(bucket, said.told())
        device.wait(device.loading)
        return context

    def _no_context(self, bucket: int, why: str) -> BundleError:
        return BundleError(f"{self._name}: no context can be made for batches of {bucket}: {why}")
