"""Decode pools for tests, with workers that misbehave on demand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from foveate.errors import (
    InputError,
)
from foveate.video.pool import DecodePool
from foveate.video.records import DecodeJob
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab
from tests.video.made import CROP, SMALL, middles

HOOK = "tests.video.hooks:misbehave"
HOOKED = PoolSettings(handler=HOOK, timeout_s=20, cancel_grace_s=0.3)


@asynccontextmanager
async def running(settings: PoolSettings, pages: int = 64) -> AsyncIterator[tuple[DecodePool, Slab]]:
    slab = Slab(CROP * CROP * 3, pages)
    pool = DecodePool(slab, settings)
    await pool.start()
    try:
        yield pool, slab
    finally:
        await pool.close()
        slab.close()


def job(slab: Slab, path: Path | str, count: int = 8) -> DecodeJob:
    pages = slab.allocate(count)
    assert pages is not None
    return DecodeJob(str(path), middles(count), SMALL, pages)


async def refusal(pool: DecodePool, slab: Slab, name: str) -> str:
    with pytest.raises(InputError) as caught:
        await pool.decode(job(slab, f"/{name}"))
    return str(caught.value)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)
