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
        "memory": 80 << 30,
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

    Attributes:
        meanwhile: done in the midst of each capture, as by another thread.
        waiting: done as the stream of batches is waited for.
    """

    stream, loading = 7, 8

    def __init__(self, captures: bool = True) -> None:
        self.memory: dict[int, Bytes] = {}
        self.launches = self.used = self.unpinned = self.forgotten = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.waiting: Callable[[], object] = lambda: None
        self._captures = captures
        self._recorded: list[Callable[[], object]] | None = None
        self._next = 4096

    def use(self) -> None:
        self.used += 1

    def allocate(self, size: int) -> int:
        address, self._next = self._next, self._next + size + 4096
        self.memory[address] = np.zeros(size, np.uint8)
        return address

    def free(self, address: int) -> None:
        del self.memory[address]

    def unpin(self, memory: Bytes) -> None:
        self.unpinned += 1

    def forget(self, graph: Any) -> None:
        self.forgotten += 1

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
        if stream == self.stream:
            self.waiting()


class Context:
    """A context that doubles ``x`` into ``twice`` and adds it once more into ``plus``."""

    def __init__(self, device: HostDevice, engine: "Engine") -> None:
        self._device = device
        self._engine = engine
        self._at: dict[str, int] = {}
        self.profile = self.units = -1
        self._scratch = (0, 0)
        self._ran_before = False

    def set_optimization_profile_async(self, profile: int, stream: int) -> bool:
        # Memory is given before the profile, and once.
        assert self._scratch[1]
        if self._engine.fails:
            raise self._engine.fails
        self.profile = profile
        return stream == self._device.loading

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.units = shape[0]
        return shape[1:] == (3,)

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._at[name] = address
        return address in self._device.memory

    def set_device_memory(self, address: int, size: int) -> None:
        assert not self._scratch[1]
        self._scratch = (address, size)

    def execute_async_v3(self, stream: int) -> bool:
        # Only what has run once may be captured.
        assert self._ran_before or not self._device.capturing
        self._ran_before, (address, room) = True, self._scratch
        x = self._device.memory[self._at["x"]][: self.units * 3 * 4].view(np.float32)
        if np.isnan(x).any() or not self._engine.starts:
            self._engine.complain("the input is no number")
            return False
        self._device.do(lambda: self._work(address, room), stream)
        return True

    def _work(self, address: int, room: int) -> None:
        assert self._device.memory[address].size == room
        size = self.units * 3 * 4
        x = self._device.memory[self._at["x"]][:size].view(np.float32)
        for name, factor in (("twice", 2), ("plus", 3)):
            self._device.memory[self._at[name]][:size].view(np.float32)[:] = factor * x
        self._engine.ran.append((self.units, self.profile))


class Kernels:
    """What TensorRT-RTX keeps of the kernels it compiled; takes only what was compiled here."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def deserialize(self, data: bytes) -> bool:
        self.taken.append(data)
        return data == b"kernels of this GPU"

    def serialize(self) -> bytes:
        return b"kernels of this GPU"


class Settings(SimpleNamespace):
    """A configuration of contexts, as TensorRT-RTX has it."""

    def __init__(self) -> None:
        super().__init__(strategy="", kernels=None)

    def set_execution_context_allocation_strategy(self, strategy: str) -> None:
        self.strategy = strategy

    def create_runtime_cache(self) -> Kernels:
        return Kernels()

    def set_runtime_cache(self, kernels: Kernels) -> bool:
        self.kernels = kernels
        return True


class Engine:
    """An engine of ``Context``, and what its library would say of it.

    Attributes:
        fails: what its contexts raise instead of taking a profile.
        contexts: whether there is room for any.
        starts: whether a batch does.
        complain: told what is wrong with a batch that does not start.
    """

    def __init__(self, device: HostDevice, most: int) -> None:
        self.fails: Exception | None = None
        self.contexts = self.starts = True
        self.complain: Callable[[str], None] = lambda message: None
        self.ran: list[tuple[int, int]] = []
        self.device_memory_size_v2 = 100 * most
        self.num_optimization_profiles = len(ranges(most))
        self.num_io_tensors = 3
        self.settings: Settings | None = None
        self._most = most
        self._device = device

    def create_execution_context(self, settings: object) -> Context | None:
        assert settings in ("user managed", self.settings)
        return Context(self._device, self) if self.contexts else None

    def create_runtime_config(self) -> "Settings":
        self.settings = Settings()
        return self.settings

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
            INTERNAL_ERROR, ERROR, WARNING, INFO = 0, 1, 2, 3

        super().__init__(
            __version__=version,
            ILogger=Logger,
            Runtime=lambda said: SimpleNamespace(deserialize_cuda_engine=lambda data: load(said, data)),
            ExecutionContextAllocationStrategy=SimpleNamespace(USER_MANAGED="user managed"),
            NetworkDefinitionCreationFlag=SimpleNamespace(),
            CudaGraphStrategy=SimpleNamespace(DISABLED="none"),
            DynamicShapesKernelSpecializationStrategy=SimpleNamespace(EAGER="eager"),
            ComputeCapability=SimpleNamespace(SM75=75, SM89=89, SM120=120),
        )
