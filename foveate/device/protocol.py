"""What the device path needs of a device: memory, streams, events, capture.

A function given to ``Stream.launch`` or ``Device.capture`` enqueues work on torch's current stream and must
not wait, allocate device buffers or touch host memory. What it reads and writes is declared beside it: a GPU
has no use for that, a fake device checks it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from numpy.typing import NDArray
from torch import Tensor

from foveate.errors import EngineError

Work = Callable[[], object]


class DeviceError(EngineError):
    """The device refused something: memory that cannot be pinned, a capture that failed."""


class Buffer(Protocol):
    """Memory of a fixed shape, on the device or pinned on the host."""

    @property
    def tensor(self) -> Tensor:
        """The memory, for launched work only."""
        ...

    def read(self) -> NDArray[Any]:
        """Pinned memory for the host to read; whatever wrote it must have been waited for."""
        ...

    def write(self) -> NDArray[Any]:
        """Pinned memory for the host to write; whatever used it must have been waited for."""
        ...

    def free(self) -> None:
        """Give the memory back; whatever used it must have been waited for."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a buffer.

    Attributes:
        rows: along the first axis; None for all. Of a copy they follow one another.
    """

    buffer: Buffer
    rows: Sequence[int] | None = None


Access = Callable[[], tuple[Sequence[Part], Sequence[Part]]]
"""Tells what is read and what is written, when somebody wants to know."""


class Event(Protocol):
    """A point on a stream."""

    def synchronize(self) -> None:
        """Block the calling thread until the point last recorded has been reached."""
        ...


class Captured(Protocol):
    """Work that was captured."""


class Stream(Protocol):
    """Work done in order."""

    @property
    def handle(self) -> int:
        """The stream's address, for libraries that are given one."""
        ...

    def copy(self, target: Part, source: Part) -> None:
        """Copy rows of equal size and type."""
        ...

    def launch(self, work: Work, reads: Sequence[Part] = (), writes: Sequence[Part] = ()) -> None:
        """Do work."""
        ...

    def replay(self, captured: Captured, access: Access) -> None:
        """Do captured work again; ``access`` tells what it reads and writes this time."""
        ...

    def record(self, event: Event) -> None:
        """Let an event mark this point."""
        ...

    def wait(self, event: Event) -> None:
        """Do nothing further before the event's point as it is now."""
        ...

    def synchronize(self) -> None:
        """Block the calling thread until everything given to the stream is done."""
        ...


class Pool(Protocol):
    """Scratch memory shared by captured work that never runs at once."""


class Device(Protocol):
    """One GPU, or a stand-in."""

    @property
    def name(self) -> str:
        """As shown to users."""
        ...

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> Buffer:
        """Uninitialised device memory.

        Raises:
            DeviceError: there is not so much.
        """
        ...

    def pinned(self, shape: Sequence[int], dtype: torch.dtype) -> Buffer:
        """Pinned host memory."""
        ...

    def register(self, memory: NDArray[Any]) -> Buffer:
        """Pin host memory that is there already, until the buffer is freed.

        Raises:
            DeviceError: it cannot be pinned.
        """
        ...

    def unpinned(self, memory: NDArray[Any]) -> Buffer:
        """Host memory as it is: copies from it are slower, and hold up the thread that asks for them."""
        ...

    def stream(self) -> Stream:
        """A new stream."""
        ...

    def event(self) -> Event:
        """A new event, recorded nowhere."""
        ...

    def pool(self) -> Pool:
        """New scratch memory for captures."""
        ...

    def capture(self, stream: Stream, pool: Pool, work: Work) -> Captured:
        """Capture work that has run on the stream before; other threads may use the device meanwhile.

        Raises:
            DeviceError: it cannot be captured.
        """
        ...
