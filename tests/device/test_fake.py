"""The fake device refuses each of the mistakes it is there for."""

import pytest
import torch

from foveate.device.protocol import Part
from tests.device.fake import CaptureError, FakeBuffer, FakeDevice, FreedError, OrderError


class Pair:
    """Two streams, an event, and a copy in flight on the first."""

    def __init__(self) -> None:
        self.device = FakeDevice()
        self.host = self.device.pinned((2, 4), torch.float32)
        self.there = self.device.empty((2, 4), torch.float32)
        self.first, self.second, self.event = self.device.stream(), self.device.stream(), self.device.event()
        self.host.write()[:] = 1
        self.first.copy(Part(self.there, (0,)), Part(self.host, (0,)))

    def use(self, buffer: FakeBuffer, row: int) -> None:
        self.second.launch(lambda: None, [Part(buffer, (row,))])


def test_a_read_on_another_stream_needs_a_wait() -> None:
    pair = Pair()
    with pytest.raises(OrderError, match="row 0 is read before it is written"):
        pair.use(pair.there, 0)
    pair.first.record(pair.event)
    pair.second.wait(pair.event)
    pair.use(pair.there, 0)


def test_a_wait_for_an_earlier_point_is_not_enough() -> None:
    pair = Pair()
    pair.first.record(pair.event)
    pair.first.copy(Part(pair.there, (1,)), Part(pair.host, (1,)))
    pair.second.wait(pair.event)
    pair.use(pair.there, 0)
    with pytest.raises(OrderError, match="row 1 is read before"):
        pair.use(pair.there, 1)


def test_what_was_never_written_is_not_read() -> None:
    pair = Pair()
    with pytest.raises(OrderError, match="row 1 is read and was never written"):
        pair.first.launch(lambda: None, [Part(pair.there, (1,))])


def test_a_write_waits_for_the_readers_of_other_streams() -> None:
    pair = Pair()
    pair.first.synchronize()
    pair.use(pair.there, 0)
    with pytest.raises(OrderError, match="overwritten while it is read"):
        pair.first.copy(Part(pair.there, (0,)), Part(pair.host, (1,)))


def test_two_streams_do_not_write_one_row_at_once() -> None:
    pair = Pair()
    with pytest.raises(OrderError, match="written twice at once"):
        pair.second.launch(lambda: None, (), [Part(pair.there, (0,))])


def test_the_host_leaves_a_buffer_alone_until_its_copy_has_ended() -> None:
    pair = Pair()
    with pytest.raises(OrderError, match="overwritten while it is read"):
        pair.host.write()
    pair.first.synchronize()
    pair.host.write()


def test_the_host_reads_what_it_waited_for_and_no_earlier() -> None:
    pair = Pair()
    back = pair.device.pinned((2, 4), torch.float32)
    pair.first.copy(Part(back, (0,)), Part(pair.there, (0,)))
    pair.first.copy(Part(back, (1,)), Part(pair.there, (0,)))
    with pytest.raises(OrderError, match="read before it is written"):
        back.read()
    pair.first.synchronize()
    assert (back.read() == 1).all()


def test_nothing_is_used_after_it_was_freed_nor_freed_in_use() -> None:
    pair = Pair()
    with pytest.raises(OrderError):
        pair.there.free()
    pair.first.synchronize()
    pair.there.free()
    with pytest.raises(FreedError):
        pair.use(pair.there, 0)


def test_a_capture_neither_allocates_nor_waits() -> None:
    pair = Pair()
    for work in (
        lambda: pair.device.empty((1,), torch.float32),
        lambda: pair.first.synchronize(),
        lambda: pair.host.read(),
    ):
        with pytest.raises(CaptureError):
            pair.device.capture(pair.first, pair.device.pool(), work)
    pair.device.empty((1,), torch.float32)


def test_nothing_is_done_before_somebody_waits() -> None:
    pair = Pair()
    done: list[int] = []
    pair.first.launch(lambda: done.append(1))
    pair.first.record(pair.event)
    pair.first.launch(lambda: done.append(2))
    pair.second.wait(pair.event)
    pair.second.launch(lambda: done.append(3))
    assert done == []
    pair.second.synchronize()
    assert done == [1, 3]


def test_a_failure_takes_the_rest_of_its_batch_along() -> None:
    pair = Pair()
    done: list[int] = []

    def fail() -> None:
        raise MemoryError

    pair.first.launch(fail)
    pair.first.launch(lambda: done.append(1))
    with pytest.raises(MemoryError):
        pair.first.synchronize()
    pair.first.launch(lambda: done.append(2))
    pair.first.synchronize()
    assert done == [2]
