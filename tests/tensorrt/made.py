"""Engines, their keys, and a library and a GPU that are not there."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from foveate.errors import ExecutionError
from foveate.tensorrt.build import Built
from foveate.tensorrt.device import Bytes
from foveate.tensorrt.flavour import FlavourName
from foveate.tensorrt.inspect import EngineTensor
from foveate.tensorrt.key import EngineKey
from foveate.tensorrt.profiles import ranges

TENSOR = EngineTensor(name="x", mode="input", dtype="float32", shape=(-1, 3))


def key(**changes: Any) -> EngineKey:
    values: dict[str, Any] = {
        "graph_sha256": "a" * 64,
        "flavour": FlavourName.TENSORRT,
        "version": "11.4.0",
        "gpu": "Some GPU",
        "compute_capability": "9.0",
        "driver": "580.1",
        "precision": "fp16",
        "tf32": False,
        "profiles": ranges(8),
    }
    return EngineKey.model_validate(values | changes)


def built(engine: bytes = b"engine", timing: bytes | None = b"times") -> Built:
    return Built(engine, (TENSOR,), timing, 1.5)


class HostDevice:
    """A device whose memory is the host's; work is done at once, or recorded while it is captured.

    Args:
        captures: whether work can be captured.
        meanwhile: done in the midst of each capture, as by another thread.
    """

    stream, loading = 7, 8

    def __init__(self, captures: bool = True, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.memory: dict[int, Bytes] = {}
        self.launches = 0
        self.meanwhile = meanwhile
        self._captures = captures
        self._recorded: list[Callable[[], object]] | None = None
        self._next = 4096

    def allocate(self, size: int) -> int:
        address, self._next = self._next, self._next + size + 4096
        self.memory[address] = np.zeros(size, np.uint8)
        return address

    def free(self, address: int) -> None:
        del self.memory[address]

    def do(self, work: Callable[[], object], stream: int) -> None:
        """Work on a stream."""
        assert stream in (self.stream, self.loading)
        if self._recorded is not None and stream == self.loading:
            self._recorded.append(work)
        else:
            work()

    @property
    def capturing(self) -> bool:
        return self._recorded is not None

    def capture(self, work: Callable[[], None]) -> Any:
        self._recorded = []
        try:
            work()
            self.meanwhile()
            if not self._captures:
                raise ExecutionError("CUDA: cudaErrorStreamCaptureUnsupported")
            return self._recorded
        finally:
            self._recorded = None

    def launch(self, graph: Any) -> None:
        self.launches += 1
        for work in graph:
            work()

    def pinned(self, size: int) -> Bytes:
        return np.full(size, 255, np.uint8)

    def upload(self, address: int, data: Bytes, stream: int) -> None:
        def copy() -> None:
            self.memory[address][: data.size] = data

        self.do(copy, stream)

    def download(self, data: Bytes, address: int, stream: int) -> None:
        def copy() -> None:
            data[:] = self.memory[address][: data.size]

        self.do(copy, stream)

    def wait(self, stream: int) -> None:
        assert not (self.capturing and stream == self.loading)


class Context:
    """A context that doubles ``x`` into ``twice`` and adds it once more into ``plus``."""

    def __init__(self, device: HostDevice, ran: list[tuple[int, int]], fails: bool = False) -> None:
        self._device = device
        self._ran = ran
        self._fails = fails
        self._at: dict[str, int] = {}
        self.profile = self.units = -1
        self._scratch = (0, 0)
        self._ran_before = False

    def set_optimization_profile_async(self, profile: int, stream: int) -> bool:
        self.profile = profile
        return stream == self._device.loading and not self._fails

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.units = shape[0]
        return shape[1:] == (3,)

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._at[name] = address
        return address in self._device.memory

    def set_device_memory(self, address: int, size: int) -> None:
        self._scratch = (address, size)

    def execute_async_v3(self, stream: int) -> bool:
        # Only what has run once may be captured.
        assert self._ran_before or not self._device.capturing
        self._ran_before, (address, room) = True, self._scratch
        x = self._device.memory[self._at["x"]][: self.units * 3 * 4].view(np.float32)
        if np.isnan(x).any():
            return False
        self._device.do(lambda: self._work(address, room), stream)
        return True

    def _work(self, address: int, room: int) -> None:
        assert self._device.memory[address].size == room
        size = self.units * 3 * 4
        x = self._device.memory[self._at["x"]][:size].view(np.float32)
        for name, factor in (("twice", 2), ("plus", 3)):
            self._device.memory[self._at[name]][:size].view(np.float32)[:] = factor * x
        self._ran.append((self.units, self.profile))


class Engine:
    """An engine of ``Context``, and what its library would say of it."""

    def __init__(self, device: HostDevice, most: int, fails: bool = False) -> None:
        self.ran: list[tuple[int, int]] = []
        self.device_memory_size_v2 = 100 * most
        self.num_optimization_profiles = len(ranges(most))
        self.num_io_tensors = 3
        self._most = most
        self._device = device
        self._fails = fails

    def create_execution_context(self, strategy: str) -> Context:
        assert strategy == "user managed"
        return Context(self._device, self.ran, self._fails)

    def get_tensor_name(self, index: int) -> str:
        return ("plus", "x", "twice")[index]

    def get_tensor_mode(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(name="INPUT" if name == "x" else "OUTPUT")

    def get_tensor_dtype(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(name="FLOAT")

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return (-1, 3)

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[tuple[int, ...]]:
        one = ranges(self._most)[profile]
        return [(one.least, 3), (one.best, 3), (one.most, 3)]


class Library(SimpleNamespace):
    """What is used of TensorRT's module to run an engine."""

    def __init__(self, load: Any, version: str = "11.4.0.106") -> None:
        class Logger:
            ERROR, INTERNAL_ERROR, WARNING = "error", "internal", "warning"

        super().__init__(
            __version__=version,
            ILogger=Logger,
            Runtime=lambda said: SimpleNamespace(deserialize_cuda_engine=lambda data: load(said, data)),
            ExecutionContextAllocationStrategy=SimpleNamespace(USER_MANAGED="user managed"),
            NetworkDefinitionCreationFlag=SimpleNamespace(),
        )
