"""Running every graph of a model once before its first request."""

import asyncio

from foveate.engine.budget import with_default_exits
from foveate.engine.courier import Courier
from foveate.engine.engine import Engine
from foveate.engine.messages import Options, Submit
from foveate.engine.plan import BundlePlan
from foveate.errors import BundleError, EngineError
from server.model import Model
from server.pages import PageGate


async def warm(model: Model, engine: Engine, gate: PageGate, courier: Courier) -> None:
    """Send videos of whatever the slab holds through a model, so that each form of each graph runs.

    Raises:
        BundleError: it does not run.
    """
    for options in _ways(model.plan):
        pages = await gate.take(model.pages)
        video_id = courier.next_id()
        answer = courier.expect(video_id, pages)
        pool = model.bundle.manifest.sampling.pool
        views = tuple(pages[start : start + pool] for start in range(0, len(pages), pool))
        try:
            engine.handle(Submit(video_id, model.key, views, options))
        except BaseException:
            courier.forget(video_id)
            raise
        try:
            await answer
        except EngineError as error:
            folder = model.bundle.folder
            raise BundleError(f"the bundle at {folder} cannot be used: {error}") from error


async def at_rest(courier: Courier) -> None:
    """Wait until the engine has released every video."""
    while courier.waiting:
        await asyncio.sleep(0.001)


def _ways(plan: BundlePlan) -> list[Options]:
    """Requests that between them need every form of every network."""
    ways = [Options(), Options(every_step=True), with_default_exits(Options(), plan)]
    if plan.can_stop:
        ways += [Options(max_answers=plan.answers - 1), Options(max_answers=1)]
    return list(dict.fromkeys(ways))
