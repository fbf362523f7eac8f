"""The parts of the server and their life: decoders, slab, engine, and the videos on their way through."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from foveate.bundle.load import default_bundle
from foveate.engine.messages import Stage
from foveate.errors import UnavailableError
from foveate.runtimes.base import Runtime, RuntimeInfo
from foveate.runtimes.choose import choose_for
from foveate.video.container import check_whitelist
from foveate.video.settings import PoolStats
from server.admission import Admission
from server.assembly import assemble, tried
from server.catalogue import Catalogue
from server.decoders import decoders
from server.descriptors import provide_descriptors
from server.exchange import Exchange
from server.model import name_of
from server.results import Outcome
from server.settings import Settings
from server.sizing import require_pages, wish_of
from server.telemetry import Telemetry
from server.uploads import UploadFolder
from server.videos import Job, VideoRunner
from server.warmup import at_rest, warm

log = logging.getLogger(__name__)

_STOP_S = 10.0

T = TypeVar("T")


class Service:
    """Everything behind the routes. Made anywhere, started and used on one event loop.

    Args:
        settings: of the server.
        runtime: what runs the graphs; None for the best of this machine that loads and runs the bundles.

    Raises:
        ConfigError: settings that cannot be honoured together, or a runtime that was asked for in vain.
        BundleError: a bundle that cannot be used.
    """

    def __init__(self, settings: Settings, runtime: Runtime | None = None) -> None:
        self.settings = settings
        folders = settings.bundle or (default_bundle(),)
        self.catalogue = Catalogue.load(folders)
        self.telemetry = Telemetry()
        self.admission = Admission.of(settings, self.retry_after_s)
        self.uploads = UploadFolder(settings.upload_folder, retry_after_s=self.retry_after_s)
        check_whitelist()
        require_pages(settings, self.catalogue.pages)
        wish = wish_of(settings)
        build = partial(assemble, settings, wish, self.catalogue, self.telemetry, self._lane_died)
        # One that was handed over is taken as it is; a chosen one has to prove itself on each bundle.
        parts = choose_for(wish, lambda found: build(tried(found))) if runtime is None else build(runtime)
        self._parts, self.engine, self._slab, self._gate = parts, parts.engine, parts.slab, parts.gate
        self.lanes, self.workers = parts.lanes, parts.workers
        for model in self.catalogue:
            self.telemetry.expect(model.name, model.plan.stages)
        self._exchange = Exchange(folders, self.catalogue, parts, self.telemetry)
        self._pool = decoders(self._slab, settings, self.workers)
        self._runner = VideoRunner(self.engine, self._pool, self._gate, parts.courier)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lanes_started = self._closed = False
        self._reason: str | None = "The server is starting."
        self.on_fatal: Callable[[], None] = lambda: None
        self.telemetry.watch(self)

    @property
    def runtime(self) -> RuntimeInfo:
        """What runs the graphs and why."""
        return self.engine.runtime

    @property
    def started(self) -> bool:
        """Whether ``start`` was called."""
        return self._loop is not None

    async def start(self) -> None:
        """Start decoders and lanes, and run every graph once.

        Raises:
            FoveateError: something does not work; nothing is left running.
        """
        provide_descriptors(self.settings.max_in_flight + self.settings.max_uploads, self.workers)
        self._loop = asyncio.get_running_loop()
        self._parts.courier.bind(self._loop)
        try:
            await self._pool.start()
            self.engine.start()
            self._lanes_started = True
            for model in self.catalogue:
                await warm(model, self.engine, self._gate, self._parts.courier)
            await at_rest(self._parts.courier)
        except BaseException:
            await self.close()
            raise
        self._reason = None

    async def close(self) -> None:
        """Give up what is in flight and stop everything; again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._reason = self._reason or "The server is shutting down."
        self._exchange.give_up()
        self._gate.close()
        for task in tuple(self._tasks):
            task.cancel()
        stopped = await asyncio.to_thread(self.engine.close, _STOP_S) if self._lanes_started else True
        loaded = await self._exchange.ended(_STOP_S)
        await self._pool.close()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        self.uploads.close()
        if stopped and loaded:
            # A lane that did not stop may still read frames.
            self._parts.close()
        else:
            log.error("%s did not stop within %g s", "a bundle's loading" if stopped else "a lane", _STOP_S)

    def read_anew(self) -> None:
        """Exchange the bundles for what their folders hold now; see ``Exchange``."""
        if self._reason is None:
            self._exchange.begin()

    def begin_drain(self) -> None:
        """Take no new work; what is in flight goes on."""
        self._reason = self._reason or "The server is shutting down."

    @property
    def in_flight(self) -> int:
        """Requests that upload, wait or are computed."""
        return self.admission.requests

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight."""
        return self.admission.requests == 0 and not self._tasks

    def stalled(self) -> str | None:
        """Why only a new start can help, None while none is needed."""
        limit, longest = self.settings.stall_s, self.engine.longest_batch_s()
        return (
            f"A batch has been running for {longest:.0f} s: the device hangs."
            if 0 < limit < longest
            else None
        )

    def unready(self) -> str | None:
        """Why no more work should be sent, None where it should."""
        if reason := self._closed_because():
            return reason
        return None if self._pool.ready else "No decoder is running."

    def require_open(self) -> None:
        """Refuse new work that would not be done; without decoders it waits until they are back.

        Raises:
            UnavailableError: the server is starting, shutting down or broken.
        """
        if reason := self._closed_because():
            raise UnavailableError(reason)

    def _closed_because(self) -> str | None:
        if self._reason is None and not self.engine.healthy:
            return "The engine has stopped."
        return self._reason or self.stalled()

    def run(self, job: Job, owned: ExitStack) -> "asyncio.Task[Outcome]":
        """Start to work on a video.

        Args:
            job: what to do.
            owned: closed when nothing of the request is in use any more, cancelled or not.
        """
        task = self.spawn(self._runner.run(job))
        task.add_done_callback(lambda _: owned.close())
        return task

    def retry_after_s(self) -> float:
        """Seconds until what is complete is done at the measured rates.

        Whoever still uploads has no part in it. Decoders and lanes work side by side, and how fast each of
        them is was measured while they did: the slower of the two says when all is done.
        """
        drain = self.engine.drain_seconds() or 0.0
        inside = self.engine.in_flight()
        outside = max(0, self.admission.requests - self.admission.uploading - inside)
        stats = self._pool.stats()
        decode = outside * stats.mean_job_s / max(1, stats.workers)
        return max(decode, drain + (outside * drain / inside if inside else 0.0))

    def levels(self) -> dict[str, float]:
        """Gauges without labels; see ``telemetry.State``."""
        return {
            "ready": float(self.unready() is None),
            "requests_in_flight": self.admission.requests,
            "requests_uploading": self.admission.uploading,
            "requests_waiting": self.admission.waiting,
            "bytes_in_flight": self.admission.bytes,
            "uploads_waiting": self.admission.room.waiting,
            "videos_in_engine": self.engine.in_flight(),
            "longest_batch_seconds": self.engine.longest_batch_s(),
            "pages": self._slab.pages,
            "pages_free": self._slab.free_pages,
            "pages_waiting": self._gate.waiting,
            "upload_files": self.uploads.open_files,
        }

    def depths(self) -> dict[tuple[str, Stage], int]:
        """Units waiting, by model and stage."""
        depths: Counter[tuple[str, Stage]] = Counter()
        for (key, stage), count in self.engine.depths().items():
            depths[name_of(key), stage] += count
        return depths

    def decode_stats(self) -> PoolStats:
        """What the decode pool is doing and has done."""
        return self._pool.stats()

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Do a part of a request, which is given up when the server closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Seen: whoever waited for it may have gone.

    def _lane_died(self, error: BaseException) -> None:
        log.critical("a lane died", exc_info=error)
        self._reason = "The engine has stopped after an internal failure."
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.on_fatal)
