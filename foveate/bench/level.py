"""One level of load, measured until it is steady."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from foveate.bench.journal import Journal, Window, joined
from foveate.bench.stability import Rules, steady


class Load(Protocol):
    """What posts requests and notes them."""

    async def run(self) -> None:
        """Post until cancelled, or until there is nothing more to post."""
        ...

    def overdue(self) -> int:
        """Requests that are due and not yet sent."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What a level gave.

    Attributes:
        windows: all that were measured, in order; what ran before them is dropped. The last of a load that
            was not ended at a window's end may be half as short or as long again.
        steady: whether the last three agree; None where the load ended by itself or was cut short.
    """

    windows: tuple[Window, ...]
    steady: bool | None


async def measure(
    load: Load,
    journal: Journal,
    rules: Rules,
    stop: asyncio.Event,
    seen: Callable[[Window], None],
    whole: bool = False,
) -> Measured:
    """Run a load and cut it into windows until the last three agree or there are enough of them.

    Args:
        load: to be run; it is cancelled at the end, with what is under way.
        journal: that the load writes.
        rules: when to end.
        stop: ends the level at once when set; what was measured until then counts.
        seen: told of each window.
        whole: measure the load from its first request to its last reply, steady or not.
    """
    task = asyncio.ensure_future(load.run())
    windows: list[Window] = []
    try:
        if not whole and await _pause(asyncio.sleep(rules.warmup_s), task, stop):
            journal.cut(load.overdue())
        ended = False
        while not (stop.is_set() or ended):
            ended = not await _pause(_full(journal, rules), task, stop)
            window = journal.cut(load.overdue())
            if windows and rules.is_sliver(window):
                # A sliver at the end of a trace, or of an interrupted level, is no window of its own.
                window = joined(windows.pop(), window)
            windows.append(window)
            seen(window)
            if not whole and (steady(windows, rules) or len(windows) == rules.most):
                break
    finally:
        await _end(task)
    return Measured(tuple(windows), None if whole or stop.is_set() else steady(windows, rules))


def _full(journal: Journal, rules: Rules) -> Awaitable[Any]:
    """The end of the window at hand."""
    if rules.window_requests is not None:
        return journal.filled(rules.window_requests)
    return asyncio.sleep(rules.window_s or 0.0)


async def _pause(until: Awaitable[Any], task: "asyncio.Future[None]", stop: asyncio.Event) -> bool:
    """Let the load run until something has happened; whether it is to go on. What broke it is raised."""
    others = [asyncio.ensure_future(until), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for other in others:
            other.cancel()
    if task.done():
        task.result()
    return not (task.done() or stop.is_set())


async def _end(task: "asyncio.Future[None]") -> None:
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
