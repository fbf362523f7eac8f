"""The decode pool: bounds of what is taken, and the life of its workers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from foveate.errors import (
    ConfigError,
    EngineError,
    OverloadedError,
    UnavailableError,
)
from foveate.video.child import Child
from foveate.video.pool import DecodePool
from foveate.video.protocol import WorkerSetup
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab
from tests.video.pools import HOOKED, job, refusal, running, until


def test_waiting_jobs_are_bounded() -> None:
    async def run() -> None:
        async with running(replace(HOOKED, max_waiting=1)) as (pool, slab):
            tasks = [asyncio.create_task(pool.decode(job(slab, "/patient"))) for _ in range(2)]
            await until(lambda: pool.stats().waiting == 1)
            with pytest.raises(OverloadedError) as caught:
                await pool.decode(job(slab, "/patient"))
            assert caught.value.retry_after_s > 0
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def test_processor_time_is_limited() -> None:
    async def run() -> None:
        async with running(replace(HOOKED, cpu_s=1)) as (pool, slab):
            assert await refusal(pool, slab, "spin") == "Decoding took more than 1 s of processor time."

    asyncio.run(run())


def test_memory_is_limited() -> None:
    async def run() -> None:
        async with running(replace(HOOKED, memory_bytes=512 << 20)) as (pool, slab):
            message = await refusal(pool, slab, "hungry")
            assert message == "Decoding the video needs more than the allowed 512 MiB."
            assert await refusal(pool, slab, "refuse") == "Nothing to see."
            assert pool.stats().restarts == 0

    asyncio.run(run())


def test_our_own_defects_are_not_blamed_on_the_video(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            with pytest.raises(EngineError, match="reason of its own"):
                await pool.decode(job(slab, "/bug"))
            assert await refusal(pool, slab, "refuse") == "Nothing to see."

    asyncio.run(run())
    assert "KeyError: 'a defect'" in caplog.text


def test_workers_are_replaced_with_age() -> None:
    async def run() -> None:
        async with running(replace(HOOKED, recycle_after=3)) as (pool, slab):
            before = {await refusal(pool, slab, "process") for _ in range(3)}
            await until(lambda: pool.stats().recycled == 1)
            after = {await refusal(pool, slab, "process") for _ in range(2)}
            assert len(before) == 1
            assert not before & after
            assert pool.stats().restarts == 0
            await until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in before))

    asyncio.run(run())


def test_a_worker_that_dies_idle_harms_nobody() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            os.kill(int(await refusal(pool, slab, "process")), signal.SIGKILL)
            await until(lambda: pool.stats().alive == 0)
            assert not pool.ready
            assert await refusal(pool, slab, "refuse") == "Nothing to see."
            assert pool.stats().crashes == 0
            assert pool.ready

    asyncio.run(run())


def test_workers_do_not_see_the_servers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_API_KEYS", "secret")

    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            names = (await refusal(pool, slab, "environment")).split(",")
            assert "FOVEATE_API_KEYS" not in names
            assert "PATH" in names

    asyncio.run(run())


def test_interrupts_are_left_to_the_pool() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            worker = int(await refusal(pool, slab, "process"))
            os.kill(worker, signal.SIGINT)
            os.kill(worker, signal.SIGTERM)
            os.kill(worker, signal.SIGHUP)
            assert await refusal(pool, slab, "process") == str(worker)

    asyncio.run(run())


def test_closing_fails_what_is_left() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            tasks = [asyncio.create_task(pool.decode(job(slab, "/stuck"))) for _ in range(2)]
            await until(lambda: pool.stats().waiting == 1)
            await pool.close()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, UnavailableError)
            assert not pool.ready
            with pytest.raises(UnavailableError, match="closed"):
                await pool.decode(job(slab, "/refuse"))

    asyncio.run(run())


def test_an_idle_worker_that_dies_is_replaced_unasked() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            (child,) = pool._children
            child.kill()
            await until(lambda: pool.stats().restarts == 1 and pool.ready)
            assert child not in pool._children
            assert await refusal(pool, slab, "process")

    asyncio.run(run())


def test_workers_that_cannot_start() -> None:
    async def run() -> None:
        slab = Slab(48, 4)
        pool = DecodePool(slab, replace(HOOKED, handler="no.such.module:function"))
        with pytest.raises(UnavailableError, match="did not start"):
            await pool.start()
        slab.close()

    asyncio.run(run())


def test_a_cancelled_start_leaves_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, started = count(), list[Child]()
    real = Child.start

    async def one_starts(setup: WorkerSetup, timeout_s: float) -> Child:
        if next(begun):
            await asyncio.sleep(60)
        started.append(await real(setup, timeout_s))
        return started[0]

    async def run() -> None:
        slab = Slab(48, 4)
        monkeypatch.setattr(Child, "start", one_starts)
        pool = DecodePool(slab, replace(HOOKED, workers=2))
        start = asyncio.create_task(pool.start())
        await until(lambda: bool(started))
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert len(started) == 1
        assert started[0].ended.done()
        slab.close()

    asyncio.run(run())


def test_a_pool_has_workers() -> None:
    slab = Slab(48, 4)
    with pytest.raises(ConfigError, match="at least one worker"):
        DecodePool(slab, PoolSettings(workers=0))
    slab.close()


ORPHANS = """
import asyncio, os, sys
from foveate.video.child import Child
from foveate.video.pool import DecodePool
from tests.video.pools import HOOKED, Slab, job, refusal

async def run():
    slab = Slab(3072, 32)
    pool = DecodePool(slab, HOOKED)
    await pool.start()
    print(await refusal(pool, slab, "process"), flush=True)
    asyncio.ensure_future(pool.decode(job(slab, "/stuck")))
    await asyncio.sleep(0.2)
    os.kill(os.getpid(), 9)

asyncio.run(run())
"""


def test_workers_end_with_their_parent() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHANS], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    worker = Path(f"/proc/{done.stdout.strip()}/status")
    deadline = time.monotonic() + 5
    while worker.exists() and "zombie" not in worker.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
