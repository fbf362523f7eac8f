from collections.abc import Callable
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
    streams = iter((77, 78))

    def note(name: str, value: Callable[[], tuple[Any, ...]] = tuple) -> None:
        def call(*arguments: Any) -> tuple[Any, ...]:
            made.append((name, *arguments))
            return (Code(2 if arguments == (0,) and name == "cudaMalloc" else 0), *value())

        monkeypatch.setattr(runtime, name, call)

    for name in ("cudaSetDevice", "cudaMemcpyAsync", "cudaStreamSynchronize", "cudaFree", "cudaFreeHost"):
        note(name)
    for name in ("cudaStreamBeginCapture", "cudaGraphDestroy", "cudaGraphLaunch", "cudaGraphExecDestroy"):
        note(name)
    note("cudaStreamCreateWithFlags", lambda: (next(streams),))
    note("cudaMalloc", lambda: (4096,))
    note("cudaMallocHost", lambda: (buffer.ctypes.data,))
    note("cudaStreamEndCapture", lambda: ("graph",))
    note("cudaGraphInstantiate", lambda: ("ready",))
    made.append(("buffer", buffer))
    return made


def test_copies_go_through_one_stream(calls: list[tuple[Any, ...]]) -> None:
    device: Device = CudaDevice(3)
    assert (device.stream, device.allocate(16)) == (77, 4096)
    host = device.pinned(64)
    host[:] = 5
    assert (calls[0][1] == 5).all()
    device.upload(4096, host[:8], device.stream)
    device.download(host[:8], 4096, device.loading)
    device.wait(device.stream)
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
        78,
    )
    assert calls[-2:] == [("cudaStreamSynchronize", 77), ("cudaFree", 4096)]


def test_what_was_taken_can_be_given_back(calls: list[tuple[Any, ...]]) -> None:
    device = CudaDevice(3)
    host = device.pinned(64)
    graph = device.capture(lambda: None)
    del calls[:]
    device.forget(graph)
    device.unpin(host)
    assert calls == [("cudaGraphExecDestroy", "ready"), ("cudaFreeHost", host.ctypes.data)]


def names(calls: list[tuple[Any, ...]]) -> list[str]:
    return [call[0] for call in calls]


def test_work_is_captured_for_this_thread_alone_and_launched_on_the_other_stream(
    calls: list[tuple[Any, ...]],
) -> None:
    device = CudaDevice(3)
    del calls[:]
    graph = device.capture(lambda: device.download(np.zeros(4, np.uint8), 4096, device.loading))
    device.launch(graph)
    mode = runtime.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
    assert calls[1] == ("cudaStreamBeginCapture", 78, mode)
    assert names(calls)[1:] == [
        *("cudaStreamBeginCapture", "cudaMemcpyAsync", "cudaStreamEndCapture"),
        *("cudaGraphInstantiate", "cudaGraphDestroy", "cudaSetDevice", "cudaGraphLaunch"),
    ]
    assert calls[-1] == ("cudaGraphLaunch", "ready", 77)


def test_a_capture_that_fails_is_ended(calls: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    device = CudaDevice(0)

    def fail() -> None:
        raise ExecutionError("not this")

    with pytest.raises(ExecutionError, match="not this"):
        device.capture(fail)
    assert names(calls)[-1] == "cudaStreamEndCapture"
    monkeypatch.setattr(runtime, "cudaGraphInstantiate", lambda *_: (Code(2), None))
    with pytest.raises(ExecutionError, match="cudaErrorMemoryAllocation"):
        device.capture(lambda: None)
    assert names(calls)[-1] == "cudaGraphDestroy"


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
