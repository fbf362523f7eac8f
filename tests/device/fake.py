"""A device that runs late and refuses what is out of order.

Work is queued and done only when somebody waits for it, so what was not waited for has not happened. Every
access is checked against the ones before it by vector clocks: a stream knows what it did itself, what it
waited for, and what the host knew when it was given the work. Host threads count as one: they hand work to
one another under locks.
"""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import torch
from numpy.typing import NDArray

from foveate.device.protocol import Access, DeviceError, Part, Work

HOST = 0
Clock = dict[int, int]


class OrderError(AssertionError):
    """Something was used before what it depends on had ended."""


class FreedError(AssertionError):
    """Something was used after it was freed."""


class CaptureError(AssertionError):
    """Something was done while capturing that a capture cannot hold."""


def merge(into: Clock, other: Clock) -> None:
    for actor, moment in other.items():
        into[actor] = max(into.get(actor, 0), moment)


class FakeBuffer:
    """Host memory that stands for either kind; remembers who touched which row and when."""

    def __init__(self, device: "FakeDevice", tensor: torch.Tensor, host: bool, written: bool) -> None:
        self._device, self._tensor, self._host = device, tensor, host
        self._freed = False
        rows = range(len(tensor)) if written else ()
        self.written: dict[int, tuple[int, int]] = dict.fromkeys(rows, (HOST, 0))
        self.reads: dict[int, Clock] = {}

    @property
    def tensor(self) -> torch.Tensor:
        self.alive()
        return self._tensor

    def alive(self) -> None:
        if self._freed:
            raise FreedError("a buffer was used after it was freed")

    def read(self) -> NDArray[Any]:
        assert self._host, "the host cannot read device memory"
        self._device.touch(HOST, [Part(self)], [])
        return self._tensor.numpy()

    def write(self) -> NDArray[Any]:
        assert self._host, "the host cannot write device memory"
        self._device.touch(HOST, [], [Part(self)])
        return self._tensor.numpy()

    def free(self) -> None:
        self._device.touch(HOST, [], [Part(self)])
        self._freed = True


class FakeEvent:
    def __init__(self, device: "FakeDevice") -> None:
        self._device = device
        self.clock: Clock = {}
        self.after: tuple[FakeStream, int] | None = None

    def synchronize(self) -> None:
        with self._device.lock:
            self._device.no_capture("a wait of the host")
            merge(self._device.clocks[HOST], self.clock)
            if self.after is not None:
                stream, count = self.after
                stream.drain(count)


class FakeStream:
    def __init__(self, device: "FakeDevice", actor: int) -> None:
        self._device, self.actor, self.handle = device, actor, actor
        self._queue: deque[Work] = deque()
        self._given = self._done = 0

    def copy(self, target: Part, source: Part) -> None:
        def work() -> None:
            a, b = (
                p.buffer.tensor if p.rows is None else p.buffer.tensor[list(p.rows)] for p in (target, source)
            )
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            target.buffer.tensor[slice(None) if target.rows is None else list(target.rows)] = b

        for part in (target, source):
            rows = list(part.rows or [0])
            assert rows == list(range(rows[0], rows[0] + len(rows))), (
                "a copy is of rows that follow one another"
            )
        self.launch(work, [source], [target])

    def launch(self, work: Work, reads: Sequence[Part] = (), writes: Sequence[Part] = ()) -> None:
        with self._device.lock:
            self._device.no_capture("work on another stream")
            merge(self._device.clocks[self.actor], self._device.clocks[HOST])
            self._device.touch(self.actor, reads, writes)
            self._queue.append(work)
            self._given += 1

    def replay(self, captured: object, access: Access) -> None:
        assert isinstance(captured, FakeCaptured)
        self._device.replays += 1
        self.launch(captured.work, *access())

    def record(self, event: object) -> None:
        assert isinstance(event, FakeEvent)
        with self._device.lock:
            event.clock = dict(self._device.clocks[self.actor])
            event.after = (self, self._given)

    def wait(self, event: object) -> None:
        assert isinstance(event, FakeEvent)
        with self._device.lock:
            merge(self._device.clocks[self.actor], event.clock)
            if event.after is not None:
                stream, count = event.after
                self._queue.append(lambda: stream.drain(count))
                self._given += 1

    def synchronize(self) -> None:
        event = FakeEvent(self._device)
        self.record(event)
        event.synchronize()

    def drain(self, count: int) -> None:
        """Do what was given up to a point; after a failure the rest of the queue is gone, as a batch's is."""
        with self._device.lock, torch.no_grad():
            while self._done < count and self._queue:
                self._done += 1
                try:
                    self._queue.popleft()()
                except BaseException:
                    self._done += len(self._queue)
                    self._queue.clear()
                    raise


class FakeCaptured:
    def __init__(self, work: Work) -> None:
        self.work = work


class FakeDevice:
    """See ``foveate.device.protocol.Device``."""

    def __init__(self) -> None:
        self.name = "a fake device"
        self.lock = threading.RLock()
        self.clocks: dict[int, Clock] = {HOST: {}}
        self.allocations = self.captures = self.replays = 0
        self.refuses_to_pin = False
        self._capturing = threading.local()

    def _buffer(self, tensor: torch.Tensor, host: bool, written: bool) -> FakeBuffer:
        self.no_capture("an allocation")
        self.allocations += 1
        return FakeBuffer(self, tensor, host, written)

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> FakeBuffer:
        tensor = torch.empty(tuple(shape), dtype=dtype)
        return self._buffer(tensor.fill_(torch.nan if dtype.is_floating_point else 77), False, False)

    def pinned(self, shape: Sequence[int], dtype: torch.dtype) -> FakeBuffer:
        return self._buffer(torch.empty(tuple(shape), dtype=dtype), True, False)

    def register(self, memory: NDArray[Any]) -> FakeBuffer:
        if self.refuses_to_pin:
            raise DeviceError("the frames could not be pinned")
        return self.unpinned(memory)

    def unpinned(self, memory: NDArray[Any]) -> FakeBuffer:
        return self._buffer(torch.from_numpy(memory), True, True)

    def stream(self) -> FakeStream:
        actor = len(self.clocks)
        self.clocks[actor] = {}
        return FakeStream(self, actor)

    def event(self) -> FakeEvent:
        return FakeEvent(self)

    def pool(self) -> object:
        return object()

    def capture(self, stream: object, pool: object, work: Work) -> FakeCaptured:
        """Runs the work once, so that what a capture cannot hold is found."""
        self.no_capture("a capture")
        self._capturing.on = True
        try:
            with torch.no_grad():
                work()
        finally:
            self._capturing.on = False
        self.captures += 1
        return FakeCaptured(work)

    def no_capture(self, what: str) -> None:
        if getattr(self._capturing, "on", False):
            raise CaptureError(f"{what} while capturing")

    def touch(self, actor: int, reads: Sequence[Part], writes: Sequence[Part]) -> None:
        """Check an access against those before it and remember it."""
        with self.lock:
            self.no_capture("an access of the host")
            known = self.clocks[actor]
            known[actor] = now = known.get(actor, 0) + 1
            for part in reads:
                self._read(actor, known, now, part)
            for part in writes:
                self._write(actor, known, now, part)

    def _read(self, actor: int, known: Clock, now: int, part: Part) -> None:
        buffer = _checked(part)
        for row in _rows(part):
            if row not in buffer.written:
                raise OrderError(f"row {row} is read and was never written")
            _require(known, *buffer.written[row], f"row {row} is read before it is written")
            buffer.reads.setdefault(row, {})[actor] = now

    def _write(self, actor: int, known: Clock, now: int, part: Part) -> None:
        buffer = _checked(part)
        for row in _rows(part):
            if row in buffer.written:
                _require(known, *buffer.written[row], f"row {row} is written twice at once")
            for reader, moment in buffer.reads.pop(row, {}).items():
                _require(known, reader, moment, f"row {row} is overwritten while it is read")
            buffer.written[row] = (actor, now)


def _checked(part: Part) -> FakeBuffer:
    assert isinstance(part.buffer, FakeBuffer)
    part.buffer.alive()
    return part.buffer


def _rows(part: Part) -> Sequence[int]:
    return range(len(part.buffer.tensor)) if part.rows is None else part.rows


def _require(known: Clock, actor: int, moment: int, otherwise: str) -> None:
    if known.get(actor, 0) < moment:
        raise OrderError(otherwise)
