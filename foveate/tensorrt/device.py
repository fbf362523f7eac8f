"""Memory and order on a GPU, by CUDA's own bindings. Not run on a GPU yet."""

import ctypes
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foveate.errors import ConfigError, ExecutionError

Bytes = NDArray[np.uint8]


class Device(Protocol):
    """One stream of a GPU, and memory for it. Not to be used from two threads at once."""

    @property
    def stream(self) -> int:
        """Handle of the stream."""
        ...

    def allocate(self, size: int) -> int:
        """Memory of the GPU; its address."""
        ...

    def free(self, address: int) -> None:
        """Give memory of the GPU back."""
        ...

    def pinned(self, size: int) -> Bytes:
        """Memory of the host that the GPU copies from and to without a detour, kept until the end."""
        ...

    def upload(self, address: int, data: Bytes) -> None:
        """Copy to the GPU, in the stream's order."""
        ...

    def download(self, data: Bytes, address: int) -> None:
        """Copy from the GPU, in the stream's order."""
        ...

    def wait(self) -> None:
        """Until everything in the stream is done."""
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
            (stream,) = self._call(runtime.cudaStreamCreateWithFlags(runtime.cudaStreamNonBlocking))
        except ExecutionError as error:
            raise ConfigError(str(error)) from error
        self._stream = int(stream)

    @property
    def stream(self) -> int:
        """Handle of the stream."""
        return self._stream

    def use(self) -> None:
        """Make it the calling thread's GPU; a thread starts with the first one."""
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

    def upload(self, address: int, data: Bytes) -> None:
        """See ``Device``."""
        self.use()
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._call(self._cuda.cudaMemcpyAsync(address, data.ctypes.data, data.size, kind, self._stream))

    def download(self, data: Bytes, address: int) -> None:
        """See ``Device``."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._call(self._cuda.cudaMemcpyAsync(data.ctypes.data, address, data.size, kind, self._stream))

    def wait(self) -> None:
        """See ``Device``."""
        self._call(self._cuda.cudaStreamSynchronize(self._stream))

    def _call(self, result: Any) -> tuple[Any, ...]:
        code, *values = result
        if int(code):
            raise ExecutionError(f"CUDA: {code.name}")
        return tuple(values)
