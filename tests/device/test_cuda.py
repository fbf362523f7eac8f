"""What a device owes, held against the fake one and, where there is one, a GPU."""

import numpy as np
import pytest
import torch

from foveate.device.cuda import CudaDevice
from foveate.device.protocol import Device, DeviceError, Part
from foveate.errors import ConfigError
from tests.device.fake import FakeDevice


@pytest.fixture(params=["fake", "cuda"])
def device(request: pytest.FixtureRequest) -> Device:
    if request.param == "fake":
        return FakeDevice()
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    return CudaDevice()


def test_there_and_back(device: Device) -> None:
    host, back = device.pinned((4, 3), torch.float32), device.pinned((4, 3), torch.float32)
    there, stream = device.empty((4, 3), torch.float32), device.stream()
    host.write()[:] = np.arange(12).reshape(4, 3)
    stream.copy(Part(there, (1, 2)), Part(host, (0, 1)))
    stream.copy(Part(there, (0,)), Part(host, (3,)))
    stream.copy(Part(there, (3,)), Part(host, (2,)))
    stream.launch(lambda: there.tensor.mul_(2), [Part(there)], [Part(there)])
    stream.copy(Part(back), Part(there))
    stream.synchronize()
    np.testing.assert_array_equal(back.read()[:, 0], [18, 0, 6, 12])


def test_a_stream_waits_for_another(device: Device) -> None:
    first, second, event = device.stream(), device.stream(), device.event()
    host, back = device.pinned((2,), torch.float32), device.pinned((2,), torch.float32)
    there = device.empty((2,), torch.float32)
    host.write()[:] = 5
    first.copy(Part(there), Part(host))
    first.record(event)
    second.wait(event)
    second.launch(lambda: there.tensor.add_(1), [Part(there)], [Part(there)])
    second.copy(Part(back), Part(there))
    second.record(event)
    event.synchronize()
    assert back.read().tolist() == [6, 6]


def test_captured_work_is_done_at_each_replay_with_what_is_there_then(device: Device) -> None:
    stream, pool = device.stream(), device.pool()
    host, back = device.pinned((2,), torch.float32), device.pinned((2,), torch.float32)
    there, sums = device.empty((2,), torch.float32), device.empty((2,), torch.float32)

    def work() -> None:
        sums.tensor.copy_(there.tensor * 3 + 1)

    host.write()[:] = 0
    stream.copy(Part(there), Part(host))
    stream.launch(work, [Part(there)], [Part(sums)])
    stream.synchronize()
    captured = device.capture(device.stream(), pool, work)
    for value in (2, 7):
        host.write()[:] = value
        stream.copy(Part(there), Part(host))
        stream.replay(captured, lambda: ([Part(there)], [Part(sums)]))
        stream.copy(Part(back), Part(sums))
        stream.synchronize()
        assert back.read().tolist() == [3 * value + 1] * 2


def test_memory_that_is_there_can_be_pinned_and_let_go(device: Device) -> None:
    memory = np.arange(4096, dtype=np.uint8).reshape(4, 1024)
    slab, there, stream = device.register(memory), device.empty((4, 1024), torch.uint8), device.stream()
    back = device.pinned((4, 1024), torch.uint8)
    stream.copy(Part(there), Part(slab))
    stream.copy(Part(back), Part(there))
    stream.synchronize()
    np.testing.assert_array_equal(back.read(), memory)
    slab.free()
    there.free()
    with pytest.raises((DeviceError, AssertionError), match="after it was freed"):
        _ = there.tensor


def test_memory_that_cannot_be_pinned_is_copied_as_it_is(device: Device) -> None:
    memory = np.arange(4096, dtype=np.uint8).reshape(4, 1024)
    taken = device.register(memory)
    if isinstance(device, FakeDevice):
        device.refuses_to_pin = True
    with pytest.raises(DeviceError, match="could not be pinned"):
        device.register(memory)  # A second time: CUDA refuses that.
    other, stream = memory + 1, device.stream()
    slab, there = device.unpinned(other), device.empty((4, 1024), torch.uint8)
    back = device.pinned((4, 1024), torch.uint8)
    stream.copy(Part(there), Part(slab))
    # The first kernel since CUDA refused: it must not be blamed for that.
    stream.launch(lambda: there.tensor.add_(1), [Part(there)], [Part(there)])
    stream.copy(Part(back), Part(there))
    stream.synchronize()
    np.testing.assert_array_equal(back.read(), memory + 2)
    for buffer in (taken, slab, there, back):
        buffer.free()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_said() -> None:
    with pytest.raises(ConfigError, match="finds no GPU 0"):
        CudaDevice()
