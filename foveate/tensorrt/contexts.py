"""An engine ready to run: a context and a captured graph a bucket, scratch memory for all.

Not run on a GPU yet.

What a batch of one bucket does (copies to the GPU, the engine, copies back) is captured once, on a stream of
its own and for the capturing thread alone, so that others serve meanwhile; then it is launched at once. Where
it cannot be captured the three are enqueued anew for each batch, and the log says so.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from foveate.bundle.manifest import Graph, Input, Output
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes.base import Tensor
from foveate.tensorrt.device import Bytes, Device
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.profiles import Range, bucket_of, buckets, range_of

log = logging.getLogger(__name__)


class Shared:
    """What all engines on a GPU share: the GPU, a lock on it, and scratch memory for the one that runs.

    Attributes:
        device: the GPU.
        lock: held while something runs there.
        captured: batch sizes that are launched as a graph.
        enqueued: batch sizes that could not be captured.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self.lock = threading.Lock()
        self.captured = self.enqueued = 0
        self._address = self._size = 0

    def scratch(self, size: int) -> tuple[int, int]:
        """Address and size of memory of at least so many bytes.

        A larger piece does not take the place of an earlier one: graphs have that one's address in them.
        """
        with self.lock:
            if size > self._size:
                self._address, self._size = self.device.allocate(size), size
            return self._address, self._size


class _Slot:
    """An input or output: memory on the GPU and pinned memory on the host, for the largest batch."""

    def __init__(self, port: Input | Output, most: int, device: Device) -> None:
        self.name = port.name
        self.shape = port.shape
        self.dtype = np.dtype(port.dtype.value)
        self.unit = int(np.prod(port.shape, dtype=np.int64)) * self.dtype.itemsize
        self.address = device.allocate(most * self.unit)
        self._host = device.pinned(most * self.unit)

    def bytes(self, units: int) -> Bytes:
        return self._host[: units * self.unit]

    def array(self, units: int) -> Tensor:
        return self.bytes(units).view(self.dtype).reshape(units, *self.shape)


class EngineGraph:
    """A graph's engine; see ``LoadedGraph``. One batch runs at a time on a GPU.

    Args:
        flavour: of the library.
        library: its module.
        engine: as deserialised.
        graph: what the manifest says of it.
        ranges: of its profiles.
        shared: with the other engines.
    """

    def __init__(
        self,
        flavour: Flavour,
        library: Any,
        engine: Any,
        graph: Graph,
        ranges: tuple[Range, ...],
        shared: Shared,
    ) -> None:
        self._name = graph.file
        self._shared = shared
        self._engine = engine
        self._buckets = buckets(ranges[-1].most)
        self._scratch = shared.scratch(engine.device_memory_size_v2)
        self._inputs = [_Slot(port, ranges[-1].most, shared.device) for port in graph.inputs]
        self._outputs = [_Slot(port, ranges[-1].most, shared.device) for port in graph.outputs]
        self._contexts = {
            bucket: self._context(flavour.context(library, engine), bucket, range_of(bucket, ranges))
            for bucket in self._buckets
        }
        self._graphs: dict[int, Any] = {} if flavour.captures_itself else self._capture_all()

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch, in parts where it is larger than the largest bucket; see ``LoadedGraph.run``."""
        units, most = len(inputs[self._inputs[0].name]), self._buckets[-1]
        with self._shared.lock:
            parts = [self._part(inputs, start, min(most, units - start)) for start in range(0, units, most)]
        return parts[0] if len(parts) == 1 else [np.concatenate(each) for each in zip(*parts, strict=True)]

    def _part(self, inputs: Mapping[str, Tensor], start: int, units: int) -> list[Tensor]:
        device, bucket = self._shared.device, bucket_of(units, self._buckets)
        for slot in self._inputs:
            array = slot.array(bucket)
            array[:units] = inputs[slot.name][start : start + units]
            # What was left of an earlier batch is valid input, but zeros are the same in every run.
            array[units:] = 0
        if bucket in self._graphs:
            device.launch(self._graphs[bucket])
        else:
            self._enqueue(bucket, device.stream)
        device.wait(device.stream)
        return [slot.array(units).copy() for slot in self._outputs]

    def _enqueue(self, bucket: int, stream: int) -> None:
        """Put everything that a batch does on a stream."""
        device, context = self._shared.device, self._contexts[bucket]
        for slot in self._inputs:
            device.upload(slot.address, slot.bytes(bucket), stream)
        context.set_device_memory(*self._scratch)
        if not context.execute_async_v3(stream):
            raise ExecutionError(f"{self._name}: a batch of {bucket} could not be started")
        for slot in self._outputs:
            device.download(slot.bytes(bucket), slot.address, stream)

    def _capture_all(self) -> dict[int, Any]:
        """The graph of each bucket that can be captured."""
        device, graphs = self._shared.device, {}
        for slot in self._inputs:
            slot.array(self._buckets[-1])[...] = 0
        for bucket in self._buckets:
            try:
                # A context does what its shapes ask for when it first runs, and must not be captured at that.
                with self._shared.lock:
                    self._enqueue(bucket, device.loading)
                    device.wait(device.loading)
                graphs[bucket] = device.capture(partial(self._enqueue, bucket, device.loading))
                self._shared.captured += 1
            except ExecutionError as error:
                self._shared.enqueued += 1
                log.warning("%s: batches of %d are not captured in a graph: %s", self._name, bucket, error)
        return graphs

    def _context(self, context: Any, bucket: int, profile: int) -> Any:
        device = self._shared.device
        done = context.set_optimization_profile_async(profile, device.loading)
        for slot in self._inputs:
            done = done and context.set_input_shape(slot.name, (bucket, *slot.shape))
        for slot in (*self._inputs, *self._outputs):
            done = done and context.set_tensor_address(slot.name, slot.address)
        if not done:
            raise BundleError(f"{self._name}: no context can be made for batches of {bucket}")
        device.wait(device.loading)
        return context
