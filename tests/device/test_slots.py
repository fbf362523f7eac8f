import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.device.protocol import Part
from foveate.device.slots import FrameSlots
from foveate.errors import ExecutionError
from tests.device.fake import FakeDevice, FakeStream


class Ring:
    """A ring over a slab whose pages hold their own number."""

    def __init__(self, count: int) -> None:
        self.device = FakeDevice()
        pages: NDArray[Any] = np.repeat(np.arange(20, dtype=np.uint8)[:, None], 30, 1)
        self.slab = self.device.register(pages)
        self.slots = FrameSlots(self.device, self.slab, count)
        self.stream = self.device.stream()

    def see(self, pages: list[int], stream: FakeStream | None = None) -> list[int]:
        """What a batch on a stream reads of pages."""
        stream = stream or self.stream
        slots = self.slots.hold(pages, stream)
        seen: list[int] = []
        frames = lambda: seen.extend(self.slots.frames(3)[slots, 2, 2, 2].tolist())  # noqa: E731
        stream.launch(frames, [Part(self.slots.buffer, slots)])
        stream.synchronize()
        self.slots.drop(pages)
        return seen


def test_a_page_is_copied_once_however_often_it_is_looked_at() -> None:
    ring = Ring(8)
    assert ring.see([3, 1, 3, 3]) == [3, 1, 3, 3]
    assert ring.see([1, 2], ring.device.stream()) == [1, 2]
    assert (ring.slots.stats.copied, ring.slots.stats.recopied) == (3, 0)


def test_the_slot_used_longest_ago_gives_way() -> None:
    ring = Ring(3)
    for pages in ([0], [1], [2], [0], [3]):
        assert ring.see(pages) == pages
    assert ring.slots.stats.copied == 4
    assert ring.see([0, 3]) == [0, 3]
    assert ring.slots.stats.copied == 4
    assert ring.see([1]) == [1]
    assert (ring.slots.stats.copied, ring.slots.stats.recopied) == (5, 1)


def test_a_page_of_another_video_is_copied_anew() -> None:
    ring = Ring(4)
    ring.see([5])
    ring.slots.forget([5, 6])
    ring.slab.write()[5] = 77
    assert ring.see([5]) == [77]
    assert ring.slots.stats.recopied == 0


def test_a_page_that_two_videos_share_stays_for_the_second() -> None:
    ring = Ring(4)
    ring.slots.admit([5, 6])
    ring.slots.admit([5])
    ring.see([5, 6])
    ring.slots.forget([5, 6])
    assert ring.see([5]) == [5]
    assert ring.slots.stats.copied == 2
    ring.slots.forget([5])
    assert ring.see([5]) == [5]
    assert ring.slots.stats.copied == 3


def test_a_page_in_use_is_not_forgotten() -> None:
    ring = Ring(4)
    ring.slots.hold([5], ring.stream)
    with pytest.raises(ValueError, match="page 5 is forgotten while a batch looks at it"):
        ring.slots.forget([5])


def test_a_batch_that_finds_no_room_waits_for_it() -> None:
    ring = Ring(3)
    ring.slots.hold([0, 1], ring.stream)
    seen: list[int] = []
    other = ring.device.stream()
    waiting = threading.Thread(target=lambda: seen.extend(ring.see([1, 2, 3], other)))
    waiting.start()
    while not ring.slots.stats.waits:
        waiting.join(0.01)
    assert seen == []
    ring.stream.synchronize()
    ring.slots.drop([0, 1])
    waiting.join(10)
    assert seen == [1, 2, 3]


def test_a_batch_larger_than_the_ring_is_refused() -> None:
    ring = Ring(3)
    with pytest.raises(ExecutionError, match="4 frames does not fit into 3 slots"):
        ring.slots.hold([0, 1, 2, 3], ring.stream)
    assert ring.see([4, 4, 5, 6]) == [4, 4, 5, 6]


def test_the_blank_slot_is_black() -> None:
    ring = Ring(2)
    assert not ring.slots.frames(3)[ring.slots.blank].any()


def test_pages_that_follow_one_another_are_one_copy() -> None:
    ring = Ring(20)
    assert ring.see([4, 5, 6, 9, 10, 2]) == [4, 5, 6, 9, 10, 2]
    assert (ring.slots.stats.copied, ring.slots.stats.copies) == (6, 3)
    assert ring.see([3, 4, 5, 6, 7]) == [3, 4, 5, 6, 7]
    assert (ring.slots.stats.copied, ring.slots.stats.copies) == (8, 5)
    ring.slots.forget([4, 5])
    ring.slab.write()[4:6] = 77
    assert ring.see([3, 4, 5, 6]) == [3, 77, 77, 6]
    assert (ring.slots.stats.copied, ring.slots.stats.copies) == (10, 6)


def test_a_ring_of_fewer_slots_copies_runs_where_it_can() -> None:
    ring = Ring(6)
    assert ring.see([8, 9, 10]) == [8, 9, 10]
    assert ring.see([15, 16, 17, 9]) == [15, 16, 17, 9]
    assert ring.see([1, 2, 3, 17]) == [1, 2, 3, 17]
    assert ring.slots.stats.copied == 9
