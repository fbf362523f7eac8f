from typing import Any

import numpy as np
import pytest

from foveate.errors import ConfigError, ExecutionError
from foveate.tensorrt.device import CudaDevice, Device
from tests.tensorrt.made import HostDevice

runtime = pytest.importorskip("cuda.bindings.runtime")


class Code(int):
    name = "cudaErrorMemoryAllocation"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """CUDA's functions replaced by ones that note their arguments."""
    made: list[tuple[Any, ...]] = []
    buffer = np.zeros(64, np.uint8)

    def note(name: str, *values: Any) -> None:
        def call(*arguments: Any) -> tuple[Any, ...]:
            made.append((name, *arguments))
            return (Code(2 if arguments == (0,) and name == "cudaMalloc" else 0), *values)

        monkeypatch.setattr(runtime, name, call)

    for name in ("cudaSetDevice", "cudaMemcpyAsync", "cudaStreamSynchronize", "cudaFree"):
        note(name)
    note("cudaStreamCreateWithFlags", 77)
    note("cudaMalloc", 4096)
    note("cudaMallocHost", buffer.ctypes.data)
    made.append(("buffer", buffer))
    return made


def test_copies_go_through_one_stream(calls: list[tuple[Any, ...]]) -> None:
    device: Device = CudaDevice(3)
    assert (device.stream, device.allocate(16)) == (77, 4096)
    host = device.pinned(64)
    host[:] = 5
    assert (calls[0][1] == 5).all()
    device.upload(4096, host[:8])
    device.download(host[:8], 4096)
    device.wait()
    device.free(4096)
    kinds = runtime.cudaMemcpyKind
    assert ("cudaSetDevice", 3) in calls
    assert calls[-4] == (
        "cudaMemcpyAsync",
        4096,
        host.ctypes.data,
        8,
        kinds.cudaMemcpyHostToDevice,
        77,
    )
    assert calls[-3] == (
        "cudaMemcpyAsync",
        host.ctypes.data,
        4096,
        8,
        kinds.cudaMemcpyDeviceToHost,
        77,
    )
    assert calls[-2:] == [("cudaStreamSynchronize", 77), ("cudaFree", 4096)]


def test_what_cuda_refuses_is_said(calls: list[tuple[Any, ...]]) -> None:
    with pytest.raises(ExecutionError, match="CUDA: cudaErrorMemoryAllocation"):
        CudaDevice(0).allocate(0)


def test_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "cudaSetDevice", lambda index: (Code(35),))
    with pytest.raises(ConfigError, match="CUDA: "):
        CudaDevice(0)


def test_the_stand_in_is_one_too() -> None:
    device: Device = HostDevice()
    assert device.stream
