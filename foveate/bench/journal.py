"""What the generator notes of every request, cut into windows.

A request belongs to the window in which it ended, so each is counted once and none is lost at a window's
ends; those under way at either end are counted beside it.
"""

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from foveate.bench.reply import Answer, Failure, Reply

Clock = Callable[[], float]
"""Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """A request that has ended; times are the clock's.

    Attributes:
        due: when it was to be sent. In a closed loop, when it was.
        sent: when it was sent.
        ended: when its reply was there, or given up.
        reply: what came back.
        input: name of what was posted.
        label: index of the true class, if it is known.
    """

    due: float
    sent: float
    ended: float
    reply: Reply
    input: str
    label: int | None = None


@dataclass(frozen=True)
class Window:
    """What happened between two moments.

    Attributes:
        start: on the clock.
        end: on the clock.
        records: of the requests that ended in it.
        sent: requests sent in it.
        unsent: requests due in it that were not sent, because as many as allowed were under way.
        overdue: requests due and not yet sent at its start and at its end.
        in_flight: requests under way at its start and at its end.
        client_cpu_s: CPU seconds the generator took.
    """

    start: float
    end: float
    records: tuple[Record, ...]
    sent: int
    unsent: int
    overdue: tuple[int, int]
    in_flight: tuple[int, int]
    client_cpu_s: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    @cached_property
    def answered(self) -> tuple[tuple[Record, Answer], ...]:
        """The requests that were classified."""
        return tuple((r, r.reply) for r in self.records if isinstance(r.reply, Answer))

    @cached_property
    def failed(self) -> tuple[Failure, ...]:
        """What became of the others."""
        return tuple(r.reply for r in self.records if isinstance(r.reply, Failure))

    @cached_property
    def latencies_s(self) -> tuple[float, ...]:
        """Seconds from due to answered."""
        return tuple(record.ended - record.due for record, _ in self.answered)

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.answered) / self.seconds if self.seconds > 0 else 0.0


def joined(first: Window, second: Window) -> Window:
    """Two windows, one right after the other, as one."""
    return Window(
        start=first.start,
        end=second.end,
        records=first.records + second.records,
        sent=first.sent + second.sent,
        unsent=first.unsent + second.unsent,
        overdue=(first.overdue[0], second.overdue[1]),
        in_flight=(first.in_flight[0], second.in_flight[1]),
        client_cpu_s=first.client_cpu_s + second.client_cpu_s,
    )


class Journal:
    """Notes of one level, written as it runs.

    Args:
        clock: whose times are noted.
        cpu: CPU seconds of this process so far.
    """

    def __init__(self, clock: Clock, cpu: Clock | None = None) -> None:
        self.clock = clock
        self._cpu = cpu or _cpu_seconds
        self.in_flight = 0
        self._awaited = 0
        self._filled = asyncio.Event()
        self._begin(clock())

    @property
    def answered_now(self) -> int:
        """Requests that were classified since the last cut."""
        return sum(isinstance(record.reply, Answer) for record in self._records)

    @property
    def seconds(self) -> float:
        """Since the last cut."""
        return self.clock() - self._start

    def began(self) -> None:
        """Note that a request is sent."""
        self._sent += 1
        self.in_flight += 1

    def ended(self, record: Record) -> None:
        """Note a reply."""
        self.in_flight -= 1
        self._records.append(record)
        if len(self._records) >= self._awaited:
            self._filled.set()

    async def filled(self, count: int) -> None:
        """Wait until as many requests have ended since the last cut, answered or not."""
        self._awaited = count
        if len(self._records) < count:
            self._filled.clear()
            await self._filled.wait()

    def not_sent(self) -> None:
        """Note a request that was due and is not sent."""
        self._unsent += 1

    def cut(self, overdue: int = 0) -> Window:
        """End the window at hand and begin the next.

        Args:
            overdue: requests that are due and not yet sent.
        """
        now = self.clock()
        window = Window(
            start=self._start,
            end=now,
            records=tuple(self._records),
            sent=self._sent,
            unsent=self._unsent,
            overdue=(self._overdue, overdue),
            in_flight=(self._in_flight, self.in_flight),
            client_cpu_s=self._cpu() - self._cpu_start,
        )
        self._begin(now, overdue)
        return window

    def _begin(self, now: float, overdue: int = 0) -> None:
        self._overdue = overdue
        self._start = now
        self._records: list[Record] = []
        self._sent = self._unsent = 0
        self._in_flight = self.in_flight
        self._cpu_start = self._cpu()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
