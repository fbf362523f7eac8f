"""A CUDA GPU through torch. Written to torch's documented interface; not yet run on a GPU."""

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from foveate.device.protocol import Access, Buffer, Captured, DeviceError, Event, Part, Pool, Stream, Work
from foveate.errors import ConfigError


class CudaBuffer:
    """Device memory, or pinned host memory; see ``Buffer``.

    Args:
        tensor: the memory.
        registered: its address where it was pinned by ``CudaDevice.register`` and must be unpinned.
    """

    def __init__(self, tensor: Tensor, registered: int | None = None) -> None:
        self._tensor: Tensor | None = tensor
        self._registered = registered

    @property
    def tensor(self) -> Tensor:
        """The memory."""
        if self._tensor is None:
            raise DeviceError("a buffer was used after it was freed")
        return self._tensor

    def read(self) -> NDArray[Any]:
        """The memory as an array; only of pinned memory."""
        array: NDArray[Any] = self.tensor.numpy()
        return array

    write = read

    def free(self) -> None:
        """Give the memory back; again does nothing."""
        if self._tensor is not None and self._registered is not None:
            torch.cuda.cudart().cudaHostUnregister(self._registered)
        self._tensor = None


class CudaEvent:
    """A CUDA event on which a waiting thread sleeps."""

    def __init__(self) -> None:
        self.event = torch.cuda.Event(blocking=True)

    def synchronize(self) -> None:
        """See ``Event.synchronize``; the interpreter lock is free meanwhile."""
        self.event.synchronize()


class CudaCaptured:
    """A captured CUDA graph."""

    def __init__(self, graph: torch.cuda.CUDAGraph) -> None:
        self.graph = graph


class CudaPool:
    """A memory pool of captured graphs."""

    def __init__(self) -> None:
        self.handle = torch.cuda.graph_pool_handle()


class CudaStream:
    """A CUDA stream; see ``Stream``."""

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)

    @property
    def handle(self) -> int:
        """The cudaStream_t."""
        return int(self.stream.cuda_stream)

    def copy(self, target: Part, source: Part) -> None:
        """See ``Stream.copy``."""
        with torch.cuda.stream(self.stream):
            rows_of(target).copy_(rows_of(source), non_blocking=True)

    def launch(self, work: Work, reads: Sequence[Part] = (), writes: Sequence[Part] = ()) -> None:
        """See ``Stream.launch``."""
        with torch.cuda.stream(self.stream), torch.no_grad():
            work()

    def replay(self, captured: Captured, access: Access) -> None:
        """See ``Stream.replay``."""
        assert isinstance(captured, CudaCaptured)
        with torch.cuda.stream(self.stream):
            captured.graph.replay()

    def record(self, event: Event) -> None:
        """See ``Stream.record``."""
        assert isinstance(event, CudaEvent)
        event.event.record(self.stream)

    def wait(self, event: Event) -> None:
        """See ``Stream.wait``."""
        assert isinstance(event, CudaEvent)
        self.stream.wait_event(event.event)

    def synchronize(self) -> None:
        """See ``Stream.synchronize``."""
        self.stream.synchronize()


class CudaDevice:
    """One GPU; see ``Device``.

    Args:
        index: which.

    Raises:
        ConfigError: torch finds no such GPU.
    """

    def __init__(self, index: int = 0) -> None:
        if not torch.cuda.is_available() or index >= torch.cuda.device_count():
            raise ConfigError(f"torch {torch.__version__} finds no GPU {index}")
        self._device = torch.device("cuda", index)
        self.name = f"cuda:{index} ({torch.cuda.get_device_name(index)})"

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> Buffer:
        """See ``Device.empty``."""
        try:
            return CudaBuffer(torch.empty(tuple(shape), dtype=dtype, device=self._device))
        except torch.cuda.OutOfMemoryError as error:
            size = math.prod(shape) * dtype.itemsize
            raise DeviceError(f"{self.name} has no room for {size} bytes more") from error

    def pinned(self, shape: Sequence[int], dtype: torch.dtype) -> Buffer:
        """See ``Device.pinned``."""
        return CudaBuffer(torch.empty(tuple(shape), dtype=dtype, pin_memory=True))

    def register(self, memory: NDArray[Any]) -> Buffer:
        """See ``Device.register``."""
        tensor = torch.from_numpy(memory)
        with torch.cuda.device(self._device):
            code = int(torch.cuda.cudart().cudaHostRegister(tensor.data_ptr(), memory.nbytes, 0))
        if code != 0:
            self._forget_error()
            raise DeviceError(f"{memory.nbytes} bytes of frames could not be pinned: CUDA error {code}")
        return CudaBuffer(tensor, tensor.data_ptr())

    def unpinned(self, memory: NDArray[Any]) -> Buffer:
        """See ``Device.unpinned``; CUDA has read the memory when a copy has been asked for."""
        return CudaBuffer(torch.from_numpy(memory))

    def _forget_error(self) -> None:
        """CUDA keeps the error of a call that failed, and torch would blame its next kernel for it."""
        with suppress(RuntimeError):
            torch.ones(1, device=self._device)

    def stream(self) -> Stream:
        """See ``Device.stream``."""
        return CudaStream(self._device)

    def event(self) -> Event:
        """See ``Device.event``."""
        return CudaEvent()

    def pool(self) -> Pool:
        """See ``Device.pool``."""
        return CudaPool()

    def capture(self, stream: Stream, pool: Pool, work: Work) -> Captured:
        """See ``Device.capture``.

        Begun and ended by hand: torch's context manager would wait for the whole device and empty its
        memory cache, under the feet of the lanes that are serving.
        """
        assert isinstance(stream, CudaStream)
        assert isinstance(pool, CudaPool)
        graph = torch.cuda.CUDAGraph()
        stream.synchronize()
        # Captured products keep the address of cuBLAS's scratch memory. Taken within the capture it lies in
        # the lane's pool; what was taken before is used by whatever is tried next on this stream, which may
        # be while this capture serves.
        _forget_scratch()
        try:
            with torch.cuda.stream(stream.stream), torch.no_grad():
                graph.capture_begin(pool=pool.handle, capture_error_mode="thread_local")
                try:
                    work()
                finally:
                    graph.capture_end()
        finally:
            _forget_scratch()
        return CudaCaptured(graph)


def _forget_scratch() -> None:
    """Let cuBLAS take scratch memory anew; nothing outside captures multiplies matrices while lanes serve."""
    torch._C._cuda_clearCublasWorkspaces()


def rows_of(part: Part) -> Tensor:
    """The rows of a copy, which follow one another."""
    if part.rows is None:
        return part.buffer.tensor
    return part.buffer.tensor[part.rows[0] : part.rows[-1] + 1]
