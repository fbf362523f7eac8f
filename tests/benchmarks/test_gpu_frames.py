"""Frames to measure with, and memory for them where a slab cannot be page-locked."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.gpu.frames import LockedDevice, fill, opened
from foveate.device.executors import DeviceExecutors
from foveate.device.protocol import DeviceError
from foveate.engine.scheduler import LaneRules
from tests.device.fake import FreedError
from tests.device.harness import FakeLoader
from tests.device.opening import OnFake
from tests.engine import systems

RULES = LaneRules(lanes=1)


class Noting(OnFake):
    """Notes the frames that it is given, and may refuse them."""

    def __init__(self, refuses: bool = False) -> None:
        super().__init__(FakeLoader([systems.dense()], None))
        self.device.refuses_to_pin = refuses
        self.given: list[NDArray[np.uint8]] = []

    def open_device(self, slab: NDArray[np.uint8], rules: LaneRules, videos: int) -> DeviceExecutors:
        self.given.append(slab.copy())
        return super().open_device(slab, rules, videos)


def test_every_page_is_written_before_the_device_is_opened() -> None:
    runtime = Noting()
    memory, executors = opened(32 * 32 * 3, 300, runtime, Noting, RULES, 2)
    (given,) = runtime.given
    assert given.shape == (300, 32 * 32 * 3)
    assert len(np.unique(given, axis=0)) == 300
    assert all(120 < page.mean() < 135 and len(np.unique(page)) == 256 for page in given)
    np.testing.assert_array_equal(memory, given)
    executors.close()


def test_other_memory_is_taken_where_the_slab_cannot_be_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    runtime, other = Noting(refuses=True), Noting()
    memory, executors = opened(32 * 32 * 3, 5, runtime, lambda: other, RULES, 2)
    assert executors is other.opened
    np.testing.assert_array_equal(runtime.given[0], other.given[0])
    assert memory.ctypes.data == executors._slab.tensor.data_ptr()
    assert "WARNING: measured from other page-locked memory" in capsys.readouterr().err
    assert runtime.opened is not None
    with pytest.raises(FreedError):
        _ = runtime.opened._slab.tensor
    executors.close()


def test_memory_that_is_page_locked_is_taken_as_it_is() -> None:
    memory: NDArray[Any] = np.empty((3, 8), np.uint8)
    fill(memory)
    buffer = LockedDevice.__new__(LockedDevice).register(memory)
    assert buffer.tensor.data_ptr() == memory.ctypes.data
    buffer.free()
    with pytest.raises(DeviceError, match="freed"):
        _ = buffer.tensor
