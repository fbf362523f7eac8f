"""Memory and order on a GPU, by CUDA's own bindings. Not run on a GPU yet."""

import ctypes
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foveate.errors import ConfigError, ExecutionError

Bytes = NDArray[np.uint8]


class Device(Protocol):
    """Two streams of a GPU, and memory for them. A stream is not to be used from two threads at once."""

    @property
    def stream(self) -> int:
        """Handle of the stream that batches run on."""
        ...

    @property
    def loading(self) -> int:
        """Handle of the stream on which engines are made ready, while others run."""
        ...

    def use(self) -> None:
        """Make it the calling thread's GPU; a thread starts with the first one."""
        ...

    def allocate(self, size: int) -> int:
        """Memory of the GPU; its address."""
        ...

    def free(self, address: int) -> None:
        """Give memory of the GPU back."""
        ...

    def pinned(self, size: int) -> Bytes:
        """Memory of the host that the GPU copies from and to without a detour."""
        ...

    def unpin(self, memory: Bytes) -> None:
        """Give such memory back."""
        ...

    def upload(self, address: int, data: Bytes, stream: int) -> None:
        """Copy to the GPU, in a stream's order."""
        ...

    def download(self, data: Bytes, address: int, stream: int) -> None:
        """Copy from the GPU, in a stream's order."""
        ...

    def wait(self, stream: int) -> None:
        """Until everything in a stream is done."""
        ...

    def capture(self, work: Callable[[], None]) -> Any:
        """Capture what is put on the loading stream; other threads may use the GPU meanwhile.

        Raises:
            ExecutionError: it cannot be captured; the stream can be used as before.
        """
        ...

    def launch(self, graph: Any) -> None:
        """Do captured work again, on the stream that batches run on."""
        ...

    def forget(self, graph: Any) -> None:
        """Give captured work back."""
        ...


class CudaDevice:
    """The GPU of a number, through ``cuda.bindings``.

    Args:
        index: its number.

    Raises:
        ConfigError: it cannot be had.
    """

    def __init__(self, index: int) -> None:
        from cuda.bindings import runtime

        self._cuda: Any = runtime
        self._index = index
        try:
            self.use()
            self._stream, self._loading = self._new_stream(), self._new_stream()
        except ExecutionError as error:
            raise ConfigError(str(error)) from error

    @property
    def stream(self) -> int:
        """See ``Device``."""
        return self._stream

    @property
    def loading(self) -> int:
        """See ``Device``."""
        return self._loading

    def use(self) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaSetDevice(self._index))

    def allocate(self, size: int) -> int:
        """See ``Device``."""
        self.use()
        (address,) = self._call(self._cuda.cudaMalloc(size))
        return int(address)

    def free(self, address: int) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaFree(address))

    def pinned(self, size: int) -> Bytes:
        """See ``Device``."""
        (address,) = self._call(self._cuda.cudaMallocHost(size))
        memory = (ctypes.c_uint8 * size).from_address(int(address))
        return np.ctypeslib.as_array(memory)

    def unpin(self, memory: Bytes) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaFreeHost(memory.ctypes.data))

    def upload(self, address: int, data: Bytes, stream: int) -> None:
        """See ``Device``."""
        self.use()
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._call(self._cuda.cudaMemcpyAsync(address, data.ctypes.data, data.size, kind, stream))

    def download(self, data: Bytes, address: int, stream: int) -> None:
        """See ``Device``."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._call(self._cuda.cudaMemcpyAsync(data.ctypes.data, address, data.size, kind, stream))

    def wait(self, stream: int) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaStreamSynchronize(stream))

    def capture(self, work: Callable[[], None]) -> Any:
        """See ``Device``."""
        self.use()
        mode = self._cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call(self._cuda.cudaStreamBeginCapture(self._loading, mode))
        try:
            work()
        except BaseException:
            # It must be ended all the same; what it gives is of no use, and often an error.
            self._cuda.cudaStreamEndCapture(self._loading)
            raise
        (graph,) = self._call(self._cuda.cudaStreamEndCapture(self._loading))
        try:
            (ready,) = self._call(self._cuda.cudaGraphInstantiate(graph, 0))
        finally:
            self._call(self._cuda.cudaGraphDestroy(graph))
        return ready

    def launch(self, graph: Any) -> None:
        """See ``Device``."""
        self.use()
        self._call(self._cuda.cudaGraphLaunch(graph, self._stream))

    def forget(self, graph: Any) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaGraphExecDestroy(graph))

    def _new_stream(self) -> int:
        (stream,) = self._call(self._cuda.cudaStreamCreateWithFlags(self._cuda.cudaStreamNonBlocking))
        return int(stream)

    def _call(self, result: Any) -> tuple[Any, ...]:
        code, *values = result
        if int(code):
            raise ExecutionError(f"CUDA: {code.name}")
        return tuple(values)
