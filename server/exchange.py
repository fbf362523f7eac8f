"""Bundles that are read anew while the server serves: at SIGUSR1."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TypeVar

from foveate.errors import BundleError
from server.assembly import Assembly
from server.catalogue import Catalogue, by_name
from server.logs import facts
from server.model import Model, folders_of, load_model
from server.telemetry import Telemetry
from server.warmup import warm

log = logging.getLogger("foveate.server")

_LOOK_S = 0.05
"""How often it is looked whether a model that is served no more is let go."""

T = TypeVar("T")


class Exchange:
    """Exchanges what a server serves for what its folders hold now.

    New bundles are loaded and run beside those that serve, and take their places all at once, or none does.
    What the old ones have begun they end. Belongs to one event loop.

    Args:
        folders: that the settings name.
        catalogue: what is served.
        parts: that bundles are loaded into.
        telemetry: told of the models, and how each exchange ended.
    """

    def __init__(
        self, folders: Sequence[Path], catalogue: Catalogue, parts: Assembly, telemetry: Telemetry
    ) -> None:
        self._folders, self._catalogue, self._parts = tuple(folders), catalogue, parts
        self._telemetry = telemetry
        self._generations = count(1)
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._again = self._closed = False

    @property
    def running(self) -> bool:
        """Whether one is under way, old models that are yet to go included."""
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Read the folders anew, or once more where that is being done."""
        if self._closed:
            return
        self._again = True
        if not self.running:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def give_up(self) -> None:
        """Begin no more, and leave what is under way as it is."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()

    async def ended(self, timeout_s: float) -> bool:
        """Whether, by then, no bundle is being loaded any more: that cannot be interrupted."""
        if self._task is not None:
            await asyncio.wait({self._task})
        thread = self._thread
        if thread is None:
            return True
        await asyncio.to_thread(thread.join, timeout_s)
        return not thread.is_alive()

    async def _run(self) -> None:
        while self._again:
            self._again = False
            for model in await self._exchanged():
                await self._let_go(model)

    async def _exchanged(self) -> list[Model]:
        """Exchange what changed; gives the models that are served no more."""
        loaded: list[Model] = []
        try:
            models = await self._in_thread(self._read)
            served = {model.key for model in self._catalogue}
            new = [model for model in models if model.key not in served]
            for model in new:
                await self._load(model, loaded)
            old = self._catalogue.exchange(models)
        except Exception as error:  # whatever a bundle does, those that are served go on
            self._telemetry.exchanged("failed")
            log.error("the bundles were not exchanged, what was served is: %s", error)
            for model in loaded:
                await self._let_go(model)
            return []
        for model in new:
            self._telemetry.expect(model.name, model.plan.stages)
        self._telemetry.exchanged("exchanged" if new or old else "unchanged")
        log.info(facts(msg="bundles read anew", new=_said(new), gone=_said(old), models=_said(models)))
        return old

    def _read(self) -> list[Model]:
        """What the folders hold; what is served already, as it is."""
        served = {(model.name, model.sha256): model for model in self._catalogue}
        found = [
            load_model(folder, next(self._generations))
            for given in self._folders
            for folder in folders_of(given)
        ]
        by_name(found)
        return [served.get((model.name, model.sha256), model) for model in found]

    async def _load(self, model: Model, loaded: list[Model]) -> None:
        slab, engine = self._parts.slab, self._parts.engine
        if model.page_bytes > slab.page_bytes or model.pages > slab.pages:
            raise BundleError(
                f"{model.bundle.folder} takes {model.pages} frames of {model.page_bytes} bytes, and there is "
                f"room for {slab.pages} of {slab.page_bytes}: it needs a new start"
            )
        await self._in_thread(lambda: engine.add_bundle(model.key, model.bundle))
        loaded.append(model)
        await warm(model, engine, self._parts.gate, self._parts.courier)

    async def _let_go(self, model: Model) -> None:
        """Wait until nobody has a model, and drop it."""
        while True:
            # First the wait: who found it a moment ago may be about to lease it.
            await asyncio.sleep(_LOOK_S)
            if self._catalogue.let_go(model):
                break
        while not await self._in_thread(lambda: self._parts.engine.remove_bundle(model.key)):
            await asyncio.sleep(_LOOK_S)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Work that takes long, in a thread that does not hold up the end of the process."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            # The loop may have been closed meanwhile.
            with suppress(RuntimeError):
                try:
                    result = work()
                except Exception as error:
                    loop.call_soon_threadsafe(_fail, done, error)
                else:
                    loop.call_soon_threadsafe(_end, done, result)

        self._thread = threading.Thread(target=run, name="exchange", daemon=True)
        self._thread.start()
        return await done


def _end(done: "asyncio.Future[T]", result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[T]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)


def _said(models: Sequence[Model]) -> str:
    return ",".join(f"{model.name}:{model.bundle.manifest.version}" for model in models)
