"""Decoding in separate processes: bounded, cancellable, and safe for the pages it writes to.

A worker's crash, hang or excess fails its own video and nothing else. ``DecodePool.decode`` comes back,
with a result or an exception, only when the worker no longer touches the job's pages: it has answered, or
its process is gone. So a caller may free the pages in a ``finally``, also when it is cancelled.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, TypeVar

from foveate import errors
from foveate.video.child import Child, ChildDied
from foveate.video.handover import HandedBack
from foveate.video.protocol import Reply, WorkerSetup
from foveate.video.records import Decoded, DecodeJob
from foveate.video.settings import PoolSettings, PoolStats
from foveate.video.slab import Slab
from foveate.video.verdicts import WorkerKilledError, error_of, name_of, result_of

log = logging.getLogger(__name__)
T = TypeVar("T")

_SMOOTHING = 0.1
_LONGEST_PAUSE_S = 10.0


class DecodePool:
    """Worker processes that write videos to the pages of one slab. Belongs to one event loop."""

    def __init__(self, slab: Slab, settings: PoolSettings) -> None:
        if settings.workers < 1:
            raise errors.ConfigError("The decode pool needs at least one worker.")
        self._settings = settings
        self._setup = WorkerSetup.of(slab, settings)
        self._stats = PoolStats(workers=settings.workers)
        self._children: set[Child] = set()
        self._idle: list[Child] = []
        self._waiting: deque[asyncio.Future[Child]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = asyncio.Event()

    async def start(self) -> None:
        """Start the workers and wait until all are ready; none is left if that fails or is cancelled.

        Raises:
            UnavailableError: if one does not get ready.
        """
        starts = [self._start_first() for _ in range(self._settings.workers)]
        try:
            results = await asyncio.gather(*starts, return_exceptions=True)
        except asyncio.CancelledError:
            await self.close()
            raise
        failed = [result for result in results if isinstance(result, BaseException)]
        if failed:
            await self.close()
            raise errors.UnavailableError(f"The decode workers did not start: {failed[0]}.") from failed[0]

    async def close(self) -> None:
        """Stop all workers, busy ones too; jobs that wait fail with UnavailableError."""
        self._closing.set()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(errors.UnavailableError("The decode pool is shutting down."))
        for child in self._children:
            child.kill()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await asyncio.gather(*(child.close() for child in self._children))
        self._children.clear()
        self._idle.clear()

    @property
    def ready(self) -> bool:
        """At least one worker is alive and the pool is not closed."""
        return not self._closing.is_set() and any(not child.dead for child in self._children)

    def stats(self) -> PoolStats:
        """Counters and gauges, for metrics."""
        alive = sum(not child.dead for child in self._children)
        waiting = sum(not waiter.done() for waiter in self._waiting)
        return replace(self._stats, alive=alive, waiting=waiting)

    async def decode(self, job: DecodeJob) -> Decoded:
        """Have a job done by the next free worker, first come, first served; by another if that is killed.

        When this returns or raises, cancellation included, no worker touches the job's pages any more. A
        cancelled job is given up between two packets; its worker is killed if that takes too long.

        Args:
            job: what to decode, and to which pages.

        Returns:
            Which page holds what, in the slab's numbers.

        Raises:
            HandedBack: it is for another decoder, and why.
            InputError: what is wrong with the video, or that it crashed or outlasted its worker.
            OverloadedError: if too many jobs wait already.
            UnavailableError: if the pool is closed, or two workers were killed from outside.
            EngineError: if the decoder failed in a way that is not the video's fault.
        """
        try:
            return await self._decode_once(job)
        except WorkerKilledError:
            return await self._decode_once(job, again=True)

    async def _decode_once(self, job: DecodeJob, again: bool = False) -> Decoded:
        child = await self._acquire(again)
        work = self._spawn(self._serve(child, job))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await self._withdraw(child, work)
            raise

    async def _withdraw(self, child: Child, work: "asyncio.Task[Decoded]") -> None:
        """Give up a job, and wait until its worker has: the pages are not safe before."""
        if work.done():
            return
        self._count("cancelled")
        child.cancel()
        kill = asyncio.get_running_loop().call_later(self._settings.cancel_grace_s, child.kill)
        while not work.done():
            try:
                await asyncio.wait({work})
            except asyncio.CancelledError:
                continue  # Being asked twice does not make the pages safe earlier.
        kill.cancel()
        if not work.cancelled():
            work.exception()  # Seen; nobody else will look at it.

    async def _serve(self, child: Child, job: DecodeJob) -> Decoded:
        begun = monotonic()
        self._count("busy")
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                reply = await child.request(job)
        except TimeoutError:
            await self._bury(child)
            self._count("timeouts")
            self._count("refused")
            log.warning("a decoder was ended after_s=%g request_id=%s", self._settings.timeout_s, job.name)
            message = f"Decoding took longer than {self._settings.timeout_s:g} s."
            raise errors.VideoLimitError(message) from None
        except ChildDied:
            killed_by_us = child.killed
            code = await self._bury(child)
            self._count("crashes")
            raise self._death(code, killed_by_us, job) from None
        finally:
            self._count("busy", -1)
        self._note_time(monotonic() - begun)
        if child.jobs == self._settings.recycle_after:
            # It goes on working until its successor is ready.
            self._spawn(self._recycle(child))
        self._release(child)
        return self._answer(reply, job)

    def _answer(self, reply: Reply, job: DecodeJob) -> Decoded:
        try:
            decoded = result_of(reply)
        except HandedBack:
            self._count("handed_back")
            raise
        except errors.InputError:
            self._count("refused")
            raise
        except errors.CancelledError:
            raise
        except errors.EngineError:
            log.error("a decode worker failed request_id=%s: %s", job.name, reply.message)
            raise
        self._count("decoded")
        return decoded

    def _death(self, code: int, killed_by_us: bool, job: DecodeJob) -> errors.FoveateError:
        if self._closing.is_set():
            return errors.UnavailableError("The decode pool is shutting down.")
        if not killed_by_us:
            log.warning("a decoder ended by=%s request_id=%s", name_of(code), job.name)
        error = error_of(code, killed_by_us, self._settings.cpu_s)
        if isinstance(error, errors.InputError):
            self._count("refused")
        return error

    async def _acquire(self, again: bool) -> Child:
        if self._closing.is_set():
            raise errors.UnavailableError("The decode pool is closed.")
        # What killed one may have killed all that idle, unnoticed yet: a second try takes who comes next.
        while self._idle and not again:
            child = self._idle.pop()
            if not child.dead:
                return child
            self._spawn(self._bury(child))
        if not again and self.stats().waiting >= self._settings.max_waiting:
            wait = self._settings.max_waiting * self._stats.mean_job_s / self._settings.workers
            raise errors.OverloadedError("Too many videos wait to be decoded.", retry_after_s=max(wait, 0.1))
        waiter: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._waiting.insert(0 if again else len(self._waiting), waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._release(waiter.result())
            raise

    def _release(self, child: Child) -> None:
        """Pass a worker on to the next job that waits, or let it idle."""
        if child.expired or self._closing.is_set():
            self._spawn(self._dismiss(child))
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(child)
                return
        self._idle.append(child)

    def _adopt(self, child: Child) -> None:
        self._children.add(child)
        child.ended.add_done_callback(lambda _: self._replace_idle(child))
        self._release(child)

    def _replace_idle(self, child: Child) -> None:
        """Replace a worker that ended without a job, which no job would notice."""
        if child in self._idle and not self._closing.is_set():
            self._idle.remove(child)
            self._spawn(self._bury(child))

    async def _recycle(self, old: Child) -> None:
        if not await self._start_successor():
            return
        self._count("recycled")
        old.expired = True
        if old in self._idle:
            self._idle.remove(old)
            await self._dismiss(old)

    async def _bury(self, child: Child) -> int:
        """Make sure that a worker is gone, and have another started; gives the exit code."""
        self._children.discard(child)
        child.kill()
        code = await child.close()
        if not self._closing.is_set():
            self._count("restarts")
            self._spawn(self._start_successor())
        return code

    async def _dismiss(self, child: Child) -> None:
        self._children.discard(child)
        await child.close()

    async def _start_successor(self) -> bool:
        pause = 0.1
        while not self._closing.is_set():
            try:
                child = await self._start_child()
            except (ChildDied, OSError) as error:
                log.error("a decode worker could not be started: %s", error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                self._adopt(child)
                return True
        return False

    async def _start_first(self) -> None:
        # Adopted at once: one that is ready must not be lost if the others' start is cancelled.
        self._adopt(await self._start_child())

    async def _start_child(self) -> Child:
        return await Child.start(self._setup, self._settings.start_timeout_s)

    def _count(self, name: str, by: int = 1) -> None:
        self._stats = replace(self._stats, **{name: getattr(self._stats, name) + by})

    def _note_time(self, seconds: float) -> None:
        mean = self._stats.mean_job_s
        new = seconds if mean == 0 else mean + _SMOOTHING * (seconds - mean)
        self._stats = replace(self._stats, mean_job_s=new)

    def _spawn(self, work: Coroutine[object, object, T]) -> "asyncio.Task[T]":
        """Run something in the background, and hold on to it until it ends: the loop does not."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
