"""What an engine has on a GPU, and that it goes with the engine."""

import gc

import pytest

from foveate.errors import BundleError, ExecutionError
from foveate.tensorrt.contexts import EngineGraph, Shared
from foveate.tensorrt.held import Held
from foveate.tensorrt.profiles import ranges
from foveate.tensorrt.said import Errors
from tests.runtimes.made import DOUBLE
from tests.tensorrt.made import Engine, HostDevice


def test_an_engine_that_goes_leaves_its_scratch_memory_alone() -> None:
    device = HostDevice()
    shared = Shared(device, Errors())
    graph = EngineGraph(Engine(device, 8), "user managed", DOUBLE, ranges(8), shared, True)
    ports = len(DOUBLE.inputs) + len(DOUBLE.outputs)
    assert len(device.memory) == ports + 1
    assert (shared.captured, shared.enqueued) == (len(graph._buckets), 0)
    captured = len(graph._graphs)
    gc.disable()
    try:
        del graph
    finally:
        gc.enable()
    assert list(device.memory) == [shared.scratch(0)[0]]
    assert (device.forgotten, device.unpinned) == (captured, 2 * ports)
    assert (shared.captured, shared.enqueued) == (0, 0)


def test_one_that_could_not_be_made_ready_leaves_nothing_either() -> None:
    device = HostDevice()
    engine = Engine(device, 8)
    engine.contexts = False
    shared = Shared(device, Errors())
    with pytest.raises(BundleError, match="no context can be made"):
        EngineGraph(engine, "user managed", DOUBLE, ranges(8), shared, True)
    assert list(device.memory) == [shared.scratch(0)[0]]


def test_what_a_gpu_does_not_take_back_keeps_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    class Owner:
        pass

    class Lost(HostDevice):
        def use(self) -> None:
            raise ExecutionError("CUDA: cudaErrorDevicesUnavailable")

        def free(self, address: int) -> None:
            if address == first:
                raise ExecutionError("CUDA: cudaErrorIllegalAddress")
            super().free(address)

    device, owner = Lost(), Owner()
    held = Held(device, owner, "double.onnx")
    first, second = held.allocate(8), held.allocate(8)
    held.pinned(8)
    del owner
    assert second not in device.memory
    assert device.unpinned == 1
    for error in ("cudaErrorDevicesUnavailable", "cudaErrorIllegalAddress"):
        assert f"double.onnx: not everything is given back: CUDA: {error}" in caplog.text
