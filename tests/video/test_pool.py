"""The decode pool: results, isolation, bounds, cancelling, and pages that are safe to free."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foveate.errors import (
    ConfigError,
    EngineError,
    InputError,
    OverloadedError,
    UnavailableError,
    UnsupportedMediaError,
    VideoLimitError,
)
from foveate.video.child import Child
from foveate.video.pool import DecodePool
from foveate.video.records import DecodeJob, RawFrames
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab
from tests.video.made import CROP, SMALL, crops, full_decode, middles, picture

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


def test_a_video_lands_in_its_pages(videos: Callable[[str], Path]) -> None:
    path = videos("h264-open.mp4")

    async def run() -> None:
        async with running(PoolSettings()) as (pool, slab):
            slab.allocate(5)
            wanted = job(slab, path)
            decoded = await pool.decode(wanted)
            assert set(decoded.used) | set(decoded.unused) == set(wanted.pages)
            reference = full_decode(path)
            for entry, index in enumerate(decoded.indices):
                page = slab.page(decoded.pages[0][entry], (CROP, CROP, 3))
                np.testing.assert_array_equal(page, crops(reference[index], SMALL)[0])
            assert 0 < decoded.wall_s < 5
            assert pool.stats().decoded == 1

    asyncio.run(run())


def test_raw_frames(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    path.write_bytes(np.stack([picture(n, CROP, CROP) for n in range(8)]).tobytes())

    async def run() -> None:
        async with running(PoolSettings()) as (pool, slab):
            raw = RawFrames(8, CROP, CROP, preprocessed=True)
            decoded = await pool.decode(replace(job(slab, path), raw=raw))
            for number, page in enumerate(decoded.pages[0]):
                np.testing.assert_array_equal(slab.page(page, (CROP, CROP, 3)), picture(number, CROP, CROP))

    asyncio.run(run())


def test_many_at_once_are_all_right(videos: Callable[[str], Path]) -> None:
    paths = [videos(kind) for kind in ("h264-closed.mp4", "vp9.webm", "moving.gif", "mpeg4-b.avi")]

    async def run() -> None:
        async with running(PoolSettings(workers=2), pages=200) as (pool, slab):
            jobs = [job(slab, paths[n % 4]) for n in range(20)]
            results = await asyncio.gather(*map(pool.decode, jobs))
            for number, decoded in enumerate(results):
                first = [slab.page(page, (CROP, CROP, 3)) for page in results[number % 4].pages[0]]
                ours = [slab.page(page, (CROP, CROP, 3)) for page in decoded.pages[0]]
                np.testing.assert_array_equal(first, ours)
            assert pool.stats().decoded == 20
            assert pool.stats().busy == 0

    asyncio.run(run())


def test_what_is_wrong_with_a_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")

    async def run() -> None:
        async with running(PoolSettings()) as (pool, slab):
            with pytest.raises(UnsupportedMediaError, match="The file is empty"):
                await pool.decode(job(slab, tmp_path / "empty"))
            with pytest.raises(UnsupportedMediaError, match="not a video in an allowed container"):
                await pool.decode(job(slab, tmp_path / "list.m3u8"))
            assert pool.stats().refused == 2
            assert pool.stats().restarts == 0

    asyncio.run(run())


def test_crashes_fail_their_own_video_only(videos: Callable[[str], Path]) -> None:
    path = videos("mjpeg.avi")

    async def run() -> None:
        async with running(replace(HOOKED, workers=2)) as (pool, slab):
            bad = [asyncio.create_task(refusal(pool, slab, name)) for name in ("crash", "killed", "exit")]
            good = [asyncio.create_task(pool.decode(job(slab, path, 4))) for _ in range(5)]
            assert set(await asyncio.gather(*bad)) == {"The decoder ended unexpectedly on this video."}
            assert all(decoded.facts.frames == 50 for decoded in await asyncio.gather(*good))
            await until(lambda: pool.stats().alive == 2)
            stats = pool.stats()
            assert (stats.crashes, stats.restarts, stats.decoded, stats.refused) == (3, 3, 5, 3)
            assert pool.ready

    asyncio.run(run())


def test_a_stuck_worker_is_killed_and_its_pages_are_safe(videos: Callable[[str], Path]) -> None:
    path = videos("mjpeg.avi")

    async def run() -> None:
        async with running(replace(HOOKED, timeout_s=0.5)) as (pool, slab):
            stuck = job(slab, "/stuck")
            with pytest.raises(VideoLimitError, match=r"longer than 0\.5 s"):
                await pool.decode(stuck)
            page = slab.page(stuck.pages[0], (4,))
            before = page.copy()
            assert before[0] > 0
            await asyncio.sleep(0.05)
            np.testing.assert_array_equal(page, before)
            assert (await pool.decode(job(slab, path))).facts.frames == 50
            assert (pool.stats().timeouts, pool.stats().restarts) == (1, 1)

    asyncio.run(run())


@pytest.mark.parametrize(("name", "restarts"), [("patient", 0), ("stuck", 1)])
def test_a_cancelled_job_leaves_its_pages_alone(name: str, restarts: int) -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            wanted = job(slab, f"/{name}")
            page = slab.page(wanted.pages[0], (4,))
            task = asyncio.create_task(pool.decode(wanted))
            await until(lambda: bool(page[0]))
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()  # Impatience must not bring it back early.
            with pytest.raises(asyncio.CancelledError):
                await task
            before = page.copy()
            await asyncio.sleep(0.05)
            np.testing.assert_array_equal(page, before)
            assert pool.stats().cancelled == 1
            assert pool.stats().restarts == restarts
            assert await refusal(pool, slab, "refuse") == "Nothing to see."

    asyncio.run(run())


def test_a_job_cancelled_while_it_waits_costs_nothing() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            first = asyncio.create_task(pool.decode(job(slab, "/patient")))
            await until(lambda: pool.stats().busy == 1)
            second = asyncio.create_task(pool.decode(job(slab, "/patient")))
            await until(lambda: pool.stats().waiting == 1)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            assert pool.stats().waiting == 0
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert await refusal(pool, slab, "refuse") == "Nothing to see."

    asyncio.run(run())


def test_a_worker_passed_to_a_job_that_has_gone_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            first = asyncio.create_task(pool.decode(job(slab, "/patient")))
            await until(lambda: pool.stats().busy == 1)
            second = asyncio.create_task(pool.decode(job(slab, "/patient")))
            await until(lambda: pool.stats().waiting == 1)
            release = pool._release

            def release_and_cancel(child: Child) -> None:
                # The worker is promised to the second job, which is cancelled before it can take it.
                monkeypatch.undo()
                release(child)
                assert pool.stats().waiting == 0
                second.cancel()

            monkeypatch.setattr(pool, "_release", release_and_cancel)
            first.cancel()
            results = await asyncio.gather(first, second, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError) for result in results)
            assert pool.stats().cancelled == 1
            assert await refusal(pool, slab, "refuse") == "Nothing to see."

    asyncio.run(run())


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


def test_a_pool_has_workers() -> None:
    slab = Slab(48, 4)
    with pytest.raises(ConfigError, match="at least one worker"):
        DecodePool(slab, PoolSettings(workers=0))
    slab.close()


ORPHANS = """
import asyncio, os, sys
from foveate.video.child import Child
from foveate.video.pool import DecodePool
from tests.video.test_pool import HOOKED, Slab, job, refusal

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
