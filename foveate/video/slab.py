"""One block of shared memory cut into pages; a page holds one frame (of one view) of a video.

The server makes the slab and hands out page numbers; decode workers map the same memory by its path and
write the frames in place, so that pixels never pass through a pipe.
"""

import mmap
import os
import threading
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from foveate.errors import ConfigError


class SlabView:
    """The pages of a slab as arrays; what a worker has of it."""

    def __init__(self, memory: mmap.mmap, page_bytes: int, pages: int) -> None:
        self.page_bytes = page_bytes
        self.pages = pages
        self._memory = memory

    @classmethod
    def attach(cls, path: str, page_bytes: int, pages: int) -> Self:
        """Map the slab of another process.

        Args:
            path: the ``path`` of that process's slab.
            page_bytes: bytes of a page.
            pages: number of pages.

        Raises:
            OSError: if the path cannot be opened: the owner has gone or belongs to another user.
            ValueError: if the memory is smaller than the pages need.
        """
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            return cls(mmap.mmap(handle, page_bytes * pages), page_bytes, pages)
        finally:
            os.close(handle)

    def page(self, number: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """A page as an array over the shared memory: no copy.

        Args:
            number: of the page.
            shape: of the array; it may be smaller than the page.

        Returns:
            A writable uint8 array. It must be dropped before the slab is closed.

        Raises:
            IndexError: if there is no such page.
            ValueError: if the shape does not fit into a page.
        """
        if not 0 <= number < self.pages:
            raise IndexError(f"there is no page {number} among {self.pages}")
        size = int(np.prod(shape))
        if size > self.page_bytes:
            raise ValueError(f"an array of {size} bytes does not fit into a page of {self.page_bytes}")
        flat = np.frombuffer(self._memory, np.uint8, count=size, offset=number * self.page_bytes)
        return flat.reshape(shape)

    def array(self) -> NDArray[np.uint8]:
        """All pages, (pages, page_bytes), over the shared memory; see ``page``."""
        flat = np.frombuffer(self._memory, np.uint8, count=self.pages * self.page_bytes)
        return flat.reshape(self.pages, self.page_bytes)

    def close(self) -> None:
        """Unmap the memory; where arrays over it are still alive, it goes when the last of them does."""
        try:
            self._memory.close()
        except BufferError:
            return


class Slab(SlabView):
    """The owner's side: makes the memory, hands out pages and takes them back. Safe to use from threads.

    Attributes:
        path: where other processes of the same user find the memory while this one lives.

    Raises:
        ConfigError: so many pages are more memory than can be had.
    """

    def __init__(self, page_bytes: int, pages: int) -> None:
        if page_bytes < 1 or pages < 1:
            raise ValueError(f"a slab of {pages} pages of {page_bytes} bytes is empty")
        self._handle = os.memfd_create("foveate-slab", os.MFD_CLOEXEC)
        try:
            os.ftruncate(self._handle, page_bytes * pages)
            memory = mmap.mmap(self._handle, page_bytes * pages)
        except (OSError, OverflowError) as error:
            os.close(self._handle)
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"no memory for {pages} pages of {page_bytes} bytes: {reason}") from error
        super().__init__(memory, page_bytes, pages)
        self.path = f"/proc/{os.getpid()}/fd/{self._handle}"
        self._lock = threading.Lock()
        # A stack: the page freed last is given out first, while it is still in the caches.
        self._free = list(range(pages - 1, -1, -1))
        self._taken: set[int] = set()

    @property
    def free_pages(self) -> int:
        """Pages that could be allocated now."""
        return len(self._free)

    def allocate(self, count: int) -> tuple[int, ...] | None:
        """Take ``count`` pages, all or none.

        Returns:
            Their numbers, or None where fewer are free.

        Raises:
            ValueError: if ``count`` is negative.
        """
        if count < 0:
            raise ValueError(f"cannot allocate {count} pages")
        with self._lock:
            if count > len(self._free):
                return None
            numbers = tuple(self._free.pop() for _ in range(count))
            self._taken.update(numbers)
            return numbers

    def free(self, pages: Iterable[int]) -> None:
        """Give pages back.

        Raises:
            ValueError: if one of them is not allocated (freed twice, or never taken); then none is freed.
        """
        numbers = tuple(pages)
        with self._lock:
            wrong = [number for number in numbers if number not in self._taken]
            if wrong or len(set(numbers)) != len(numbers):
                raise ValueError(f"pages that are not allocated cannot be freed: {wrong or numbers}")
            self._taken.difference_update(numbers)
            self._free.extend(reversed(numbers))

    def close(self) -> None:
        """Let go of the memory and its handle; calling it again does nothing."""
        super().close()
        with self._lock:
            handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
