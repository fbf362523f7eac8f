"""How long captured work takes on a device, several ways of doing it in turns."""

from collections.abc import Callable, Sequence
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from foveate.device.cuda import CudaStream
from foveate.device.protocol import Device, Stream, Work

_WARM = 2


class Mark(Protocol):
    """A point on a stream, and the time at which it was reached."""

    def until(self, later: Self) -> float:
        """Seconds from here to another, once both have been reached."""
        ...


class CudaMark:
    """See ``Mark``.

    Args:
        stream: on which it is put now.
    """

    def __init__(self, stream: Stream) -> None:
        assert isinstance(stream, CudaStream)
        self._event = torch.cuda.Event(enable_timing=True)
        self._event.record(stream.stream)

    def until(self, later: "CudaMark") -> float:
        """See ``Mark.until``."""
        return float(self._event.elapsed_time(later._event)) / 1e3


class Clock:
    """Times work on a stream of its own.

    Args:
        device: where.
        mark: puts a mark on a stream.
        calls: of the work in one capture, whose mean is taken: what a replay costs to start is shared.
    """

    def __init__(self, device: Device, mark: Callable[[Stream], Mark] = CudaMark, calls: int = 20) -> None:
        self._device, self._mark, self._calls = device, mark, calls
        self._stream = device.stream()

    def once(self, work: Work) -> None:
        """Do work on the clock's stream, and wait for it."""
        self._stream.launch(work)
        self._stream.synchronize()

    def times(self, ways: Sequence[Work], repeats: int) -> list[NDArray[np.float64]]:
        """Seconds of each way, repeated in turns so that whatever drifts meets all of them.

        A way finds in the device's caches what is left there of the time before, as a layer finds there what
        is left of the map that the layer before it wrote.

        Args:
            ways: of doing some work.
            repeats: measurements of each.

        Returns:
            (repeats,) for each way.
        """
        # Captures can give no memory back when there is no more.
        torch.cuda.empty_cache()
        pool = self._device.pool()
        captured = []
        for way in ways:
            for _ in range(_WARM):
                self.once(way)
            captured.append(self._device.capture(self._stream, pool, self._repeated(way)))
        marks: list[list[tuple[Mark, Mark]]] = [[] for _ in ways]
        # The first of each is not counted; all are queued before any is waited for.
        for _ in range(repeats + 1):
            for kept, one in zip(marks, captured, strict=True):
                before = self._mark(self._stream)
                self._stream.replay(one, lambda: ((), ()))
                kept.append((before, self._mark(self._stream)))
        self._stream.synchronize()
        return [np.array([a.until(b) / self._calls for a, b in kept[1:]]) for kept in marks]

    def _repeated(self, way: Work) -> Work:
        def work() -> None:
            for _ in range(self._calls):
                way()

        return work
