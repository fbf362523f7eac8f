"""An engine ready to run: a context a bucket, one piece of scratch memory for all. Not run on a GPU yet."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveate.bundle.manifest import Graph, Input, Output
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes.base import Tensor
from foveate.tensorrt.device import Bytes, Device
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.profiles import Range, bucket_of, buckets, range_of


class Shared:
    """What all engines on a GPU share: the GPU, a lock on it, and scratch memory for the one that runs."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.lock = threading.Lock()
        self._address = self._size = 0

    @property
    def scratch(self) -> tuple[int, int]:
        """Address and size."""
        return self._address, self._size

    def reserve(self, size: int) -> None:
        """Make the scratch memory at least so large; nothing may be running."""
        if size <= self._size:
            return
        if self._address:
            self.device.wait()
            self.device.free(self._address)
        self._address, self._size = self.device.allocate(size), size


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
        with shared.lock:
            shared.reserve(engine.device_memory_size_v2)
            self._inputs = [_Slot(port, ranges[-1].most, shared.device) for port in graph.inputs]
            self._outputs = [_Slot(port, ranges[-1].most, shared.device) for port in graph.outputs]
            self._contexts = {
                bucket: self._context(flavour.context(library, engine), bucket, range_of(bucket, ranges))
                for bucket in self._buckets
            }
            shared.device.wait()

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
            device.upload(slot.address, slot.bytes(bucket))
        context = self._contexts[bucket]
        context.set_device_memory(*self._shared.scratch)
        if not context.execute_async_v3(device.stream):
            raise ExecutionError(f"{self._name}: a batch of {bucket} could not be started")
        for slot in self._outputs:
            device.download(slot.bytes(units), slot.address)
        device.wait()
        return [slot.array(units).copy() for slot in self._outputs]

    def _context(self, context: Any, bucket: int, profile: int) -> Any:
        done = context.set_optimization_profile_async(profile, self._shared.device.stream)
        for slot in self._inputs:
            done = done and context.set_input_shape(slot.name, (bucket, *slot.shape))
        for slot in (*self._inputs, *self._outputs):
            done = done and context.set_tensor_address(slot.name, slot.address)
        if not done:
            raise BundleError(f"{self._name}: no context can be made for batches of {bucket}")
        return context
