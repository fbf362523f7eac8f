"""Frames on the device: a ring of slots, each holding one page of the slab while its video is in flight.

A page is copied when a batch first looks at it and then stays, however many patches are cut from it; a frame
that no batch looks at is never copied. Where there are as many slots as pages, each page has its own, so that
pages which follow one another, as a video's mostly do, are one copy. Where there are fewer, the slot that was
used longest ago gives way, and a page that comes back is copied again and counted.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from foveate.device.protocol import Buffer, Device, Part, Stream
from foveate.device.runs import runs
from foveate.errors import ExecutionError


@dataclass(slots=True)
class SlotStats:
    """What the ring has done.

    Attributes:
        copied: pages copied to the device.
        copies: in how many runs of pages.
        recopied: those among them that had been there before, for the same video.
        waits: batches that had to wait for slots.
    """

    copied: int = 0
    copies: int = 0
    recopied: int = 0
    waits: int = 0


class FrameSlots:
    """The ring. Used by all lanes.

    Args:
        device: where the slots are.
        slab: (pages, page bytes) uint8, pinned: where pages are copied from.
        count: slots.
    """

    def __init__(self, device: Device, slab: Buffer, count: int) -> None:
        self.count = count
        self.stats = SlotStats()
        self._slab = slab
        self._page_bytes = int(slab.tensor.shape[1])
        self._frames = device.empty((count + 1, self._page_bytes), torch.uint8)
        self._stream = device.stream()
        self._copied = device.event()
        self._changed = threading.Condition()
        self._own_each = count >= int(slab.tensor.shape[0])
        self._free = [] if self._own_each else list(range(count - 1, -1, -1))
        self._slot_of: OrderedDict[int, int] = OrderedDict()
        self._holders = [0] * count
        self._held = 0
        self._overwritten: set[int] = set()
        self._videos = [0] * int(slab.tensor.shape[0])
        self._stream.launch(lambda: self._frames.tensor[count].zero_(), (), [Part(self._frames, (count,))])
        self._stream.synchronize()

    @property
    def blank(self) -> int:
        """A slot that never changes, for padding."""
        return self.count

    @property
    def buffer(self) -> Buffer:
        """The slots, (count + 1, page bytes) uint8, the blank one last."""
        return self._frames

    def frames(self, side: int) -> torch.Tensor:
        """The slots as (count + 1, side, side, 3), for launched work."""
        strides = (self._page_bytes, side * 3, 3, 1)
        return self._frames.tensor.as_strided((self.count + 1, side, side, 3), strides)

    def hold(self, pages: Sequence[int], reader: Stream) -> list[int]:
        """Bring pages to the device and keep them there until ``drop``; waits while there is no room.

        Args:
            pages: of the slab; repeats are allowed.
            reader: the stream that will read them; it is made to wait for the copies.

        Returns:
            The slot of each page.

        Raises:
            ExecutionError: they are more than the ring holds.
        """
        distinct = list(dict.fromkeys(pages))
        if len(distinct) > self.count:
            raise ExecutionError(f"a batch of {len(distinct)} frames does not fit into {self.count} slots")
        with self._changed:
            if not self._has_room(distinct):
                self.stats.waits += 1
                self._changed.wait_for(lambda: self._has_room(distinct))
            for page in distinct:
                # Those that are there first, so that none of them gives way to another.
                if page in self._slot_of:
                    self._slot_of.move_to_end(page)
                    self._take(self._slot_of[page])
            missing = [page for page in distinct if page not in self._slot_of]
            if missing:
                self._copy(missing)
                self._stream.record(self._copied)
            reader.wait(self._copied)
            return [self._slot_of[page] for page in pages]

    def drop(self, pages: Iterable[int]) -> None:
        """Let go of pages that ``hold`` gave; whatever read them must have been waited for."""
        with self._changed:
            for page in set(pages):
                slot = self._slot_of[page]
                self._holders[slot] -= 1
                self._held -= self._holders[slot] == 0
            self._changed.notify_all()

    def admit(self, pages: Iterable[int]) -> None:
        """A video lies in these pages, until ``forget``; several may share them."""
        with self._changed:
            for page in set(pages):
                self._videos[page] += 1

    def forget(self, pages: Iterable[int]) -> None:
        """A video has ended: what these pages hold from now on is something else, unless another shares them.

        Raises:
            ValueError: a batch still holds a page of no other video.
        """
        with self._changed:
            for page in set(pages):
                left = self._videos[page] = max(0, self._videos[page] - 1)
                if left:
                    continue
                self._overwritten.discard(page)
                slot = self._slot_of.get(page)
                if slot is None:
                    continue
                if self._holders[slot]:
                    raise ValueError(f"page {page} is forgotten while a batch looks at it")
                del self._slot_of[page]
                if not self._own_each:
                    self._free.append(slot)
            self._changed.notify_all()

    def synchronize(self) -> None:
        """Wait for all copies."""
        self._stream.synchronize()

    def _has_room(self, distinct: list[int]) -> bool:
        if self._own_each:
            return True
        there = [self._slot_of[page] for page in distinct if page in self._slot_of]
        missing = len(distinct) - len(there)
        idle = len(self._slot_of) - self._held - sum(self._holders[slot] == 0 for slot in there)
        return missing <= len(self._free) + idle

    def _take(self, slot: int) -> None:
        self._held += self._holders[slot] == 0
        self._holders[slot] += 1

    def _copy(self, pages: Sequence[int]) -> None:
        slots = [self._place(page) for page in pages]
        self.stats.copied += len(pages)
        self.stats.recopied += len(self._overwritten.intersection(pages))
        for start, stop in runs(pages) if self._own_each else runs(pages, slots):
            self.stats.copies += 1
            there, here = range(slots[start], slots[stop - 1] + 1), range(pages[start], pages[stop - 1] + 1)
            self._stream.copy(Part(self._frames, there), Part(self._slab, here))

    def _place(self, page: int) -> int:
        """A slot for a page, which is held from now on."""
        slot = page if self._own_each else self._vacant()
        self._slot_of[page] = slot
        self._take(slot)
        return slot

    def _vacant(self) -> int:
        if self._free:
            return self._free.pop()
        page = next(page for page, slot in self._slot_of.items() if self._holders[slot] == 0)
        self._overwritten.add(page)
        return self._slot_of.pop(page)
