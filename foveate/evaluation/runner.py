"""Decoders, slab, lanes and engine for one bundle, as the server has them, without the server."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from foveate.bundle.load import Bundle
from foveate.cores import core_count
from foveate.engine.courier import Courier
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Options, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.evaluation.jobs import HANDLER
from foveate.runtimes.base import Runtime
from foveate.video.pool import DecodePool
from foveate.video.records import Decoded, DecodeJob
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab

log = logging.getLogger(__name__)

_LEAST_VIDEOS = 8
_STOP_S = 10.0

JobMaker = Callable[[tuple[int, ...]], DecodeJob]
"""Makes a decode job of the slab's pages that it may write to."""


class Runner:
    """Takes videos of one bundle through decoder and engine; use it as an asynchronous context.

    Memory is bounded: as many videos hold pages as keep lanes and decoders busy, and the others wait.

    Args:
        bundle: whose networks run.
        runtime: what runs the graphs.
        lanes: batches that run at once, and processes that decode; 0 for one per core.

    Raises:
        BundleError: a graph cannot be loaded.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime, lanes: int = 0) -> None:
        lanes = lanes or core_count()
        manifest = bundle.manifest
        self.plan = BundlePlan.of(manifest)
        self.videos = max(_LEAST_VIDEOS, 4 * lanes)
        self._name = manifest.name
        self._pages = manifest.sampling.pool * self.plan.views
        self._slab = Slab(manifest.preprocessing.crop**2 * 3, self._pages * self.videos)
        self._room = asyncio.Semaphore(self.videos)
        self._courier = Courier(self._free)
        self._engine = Engine(
            runtime, LaneRules(lanes=lanes), self._slab.page, self._courier.deliver, on_death=_report_death
        )
        try:
            self._engine.add_bundle(self._name, bundle)
        except BaseException:
            self._slab.close()
            raise
        settings = PoolSettings(workers=lanes, max_waiting=self.videos, handler=HANDLER)
        self._pool = DecodePool(self._slab, settings)

    async def __aenter__(self) -> Self:
        """Start decoders and lanes.

        Raises:
            UnavailableError: the decoders do not start.
        """
        self._courier.bind(asyncio.get_running_loop())
        try:
            await self._pool.start()
        except BaseException:
            await self._pool.close()
            self._slab.close()
            raise
        self._engine.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what is in flight and stop everything."""
        stopped = await asyncio.to_thread(self._engine.close, _STOP_S)
        await self._pool.close()
        if stopped:
            # A lane that did not stop may still read frames.
            self._slab.close()

    async def answer(self, make_job: JobMaker, options: Options) -> tuple[Decoded, Answer]:
        """Decode a video and have it answered, once there is room for it.

        Args:
            make_job: gives the decode job.
            options: what is asked of the plan.

        Raises:
            InputError: what is wrong with the video.
            EngineError: why there is no answer.
        """
        await self._room.acquire()
        pages = self._slab.allocate(self._pages)
        assert pages is not None
        try:
            decoded = await self._pool.decode(make_job(pages))
        except BaseException:
            self._free(pages)
            raise
        return decoded, await self._submit(decoded, pages, options)

    def _submit(self, decoded: Decoded, pages: tuple[int, ...], options: Options) -> "asyncio.Future[Answer]":
        video = self._courier.next_id()
        answer = self._courier.expect(video, pages)
        try:
            self._engine.handle(Submit(video, self._name, decoded.pages, options))
        except BaseException:
            self._courier.forget(video)
            raise
        return answer

    def _free(self, pages: Iterable[int]) -> None:
        self._slab.free(tuple(pages))
        self._room.release()


def _report_death(error: BaseException) -> None:
    log.critical("a lane died", exc_info=error)
