"""Brings the engine's events from its lanes to the event loop, one call a batch."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from foveate.engine.messages import Answer, Event, Failure, Released


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A video in the engine: who waits for it, and the pages that it holds."""

    answer: "asyncio.Future[Answer]"
    pages: tuple[int, ...]


class Courier:
    """Knows who waits for which video, and frees its pages when the engine has released it.

    Args:
        free: takes pages back; called on the loop.
    """

    def __init__(self, free: Callable[[Iterable[int]], None]) -> None:
        self._free = free
        self._loop: asyncio.AbstractEventLoop | None = None
        self._parcels: dict[str, _Parcel] = {}
        self._last = 0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bring events to this loop from now on."""
        self._loop = loop

    @property
    def waiting(self) -> int:
        """Videos that the engine has not released."""
        return len(self._parcels)

    def next_id(self) -> str:
        """A name for a video; clients' own ids need not be unique."""
        self._last += 1
        return str(self._last)

    def expect(self, video_id: str, pages: tuple[int, ...]) -> "asyncio.Future[Answer]":
        """Wait for a video that is about to be submitted; its pages are freed when it is released."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._parcels[video_id] = _Parcel(future, pages)
        return future

    def forget(self, video_id: str) -> None:
        """The engine did not take the video: free its pages."""
        self._free(self._parcels.pop(video_id).pages)

    def deliver(self, events: Sequence[Event]) -> None:
        """Take the events of a batch, from any thread."""
        assert self._loop is not None
        # The loop may have been closed after a lane outlasted the shutdown.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, tuple(events))

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Released):
                self._free(self._parcels.pop(event.id).pages)
                continue
            future = self._parcels[event.id].answer
            if future.done():
                continue
            if isinstance(event, Failure):
                future.set_exception(event.error)
            else:
                future.set_result(event)
