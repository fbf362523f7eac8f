"""The decode pool: results, isolation, cancelling, and pages that are safe to free."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foveate.errors import (
    UnavailableError,
    UnsupportedMediaError,
    VideoLimitError,
)
from foveate.video.child import Child
from foveate.video.records import RawFrames
from foveate.video.settings import PoolSettings
from tests.video.made import CROP, SMALL, crops, full_decode, picture
from tests.video.pools import HOOKED, job, refusal, running, until


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
            bad = [asyncio.create_task(refusal(pool, slab, name)) for name in ("crash", "crash", "exit")]
            good = [asyncio.create_task(pool.decode(job(slab, path, 4))) for _ in range(5)]
            assert set(await asyncio.gather(*bad)) == {"The decoder ended unexpectedly on this video."}
            assert all(decoded.facts.frames == 50 for decoded in await asyncio.gather(*good))
            await until(lambda: pool.stats().alive == 2)
            stats = pool.stats()
            assert (stats.crashes, stats.restarts, stats.decoded, stats.refused) == (3, 3, 5, 3)
            assert pool.ready

    asyncio.run(run())


def test_a_stuck_worker_is_killed_and_its_pages_are_safe(
    videos: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = videos("mjpeg.avi")

    async def run() -> None:
        async with running(replace(HOOKED, timeout_s=0.5)) as (pool, slab):
            stuck = replace(job(slab, "/stuck"), name="r1")
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
    assert "a decoder was ended after_s=0.5 request_id=r1" in caplog.text


def test_a_worker_killed_from_outside_costs_the_video_nothing(
    videos: Callable[[str], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "killed-once"
    path.write_bytes(videos("mjpeg.avi").read_bytes())

    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            wanted = replace(job(slab, path), name="r1")
            assert (await pool.decode(wanted)).facts.frames == 50
            assert (pool.stats().crashes, pool.stats().refused, pool.stats().decoded) == (1, 0, 1)

    asyncio.run(run())
    assert "a decoder ended by=SIGKILL request_id=r1" in caplog.text


def test_a_second_try_is_not_given_to_who_may_have_been_killed_too(
    videos: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "killed-once"
    path.write_bytes(videos("mjpeg.avi").read_bytes())

    async def run() -> None:
        async with running(replace(HOOKED, workers=2)) as (pool, slab):
            other, _ = pool._idle  # The last one is taken first.
            await pool.decode(job(slab, path))
            assert other.jobs == 0
            await until(lambda: pool.stats().alive == 2 and len(pool._idle) == 2)

    asyncio.run(run())


def test_a_second_time_the_server_is_to_blame() -> None:
    async def run() -> None:
        async with running(HOOKED) as (pool, slab):
            with pytest.raises(UnavailableError, match="killed, twice"):
                await pool.decode(job(slab, "/killed"))
            assert (pool.stats().crashes, pool.stats().refused) == (2, 0)
            assert await refusal(pool, slab, "refuse") == "Nothing to see."

    asyncio.run(run())


def test_a_worker_that_had_to_be_killed_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with running(replace(HOOKED, cancel_grace_s=0.01)) as (pool, slab):
            wanted = job(slab, "/stuck")
            task = asyncio.create_task(pool.decode(wanted))
            await until(lambda: bool(slab.page(wanted.pages[0], (4,))[0]))
            task.cancel()
            await asyncio.wait([task])
            await until(lambda: pool.stats().alive == 1)
            assert (pool.stats().crashes, pool.stats().busy) == (1, 0)

    asyncio.run(run())
    assert caplog.text == ""


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
