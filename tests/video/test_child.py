"""One worker process, seen from the pool."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from foveate.video.child import Child, ChildDied
from foveate.video.container import DecodeLimits
from foveate.video.protocol import WorkerSetup
from foveate.video.records import DecodeJob
from foveate.video.slab import Slab
from tests.video.made import SMALL, middles


def with_child(
    use: Callable[[Child], Awaitable[None]],
    change: Callable[[WorkerSetup], WorkerSetup] = lambda setup: setup,
    timeout_s: float = 20,
) -> None:
    async def run() -> None:
        slab = Slab(3072, 2)
        setup = WorkerSetup(
            slab_path=slab.path,
            page_bytes=3072,
            pages=2,
            limits=DecodeLimits(),
            handler="tests.video.hooks:misbehave",
            memory_bytes=1 << 30,
            cpu_s=10,
            open_files=32,
        )
        child = await Child.start(change(setup), timeout_s)
        try:
            await use(child)
        finally:
            await child.close()
            slab.close()

    asyncio.run(run())


def job(name: str) -> DecodeJob:
    return DecodeJob(f"/{name}", middles(2), SMALL, (0, 1))


def test_one_job_after_another() -> None:
    async def use(child: Child) -> None:
        first = await child.request(job("process"))
        second = await child.request(job("process"))
        assert first == second
        assert first.kind == "UndecodableVideoError"
        assert child.jobs == 2
        assert not child.dead

    with_child(use)


def test_cancelling_between_jobs_is_harmless() -> None:
    async def use(child: Child) -> None:
        child.cancel()
        assert (await child.request(job("refuse"))).message == "Nothing to see."

    with_child(use)


def test_death_is_noticed_and_explained() -> None:
    async def use(child: Child) -> None:
        with pytest.raises(ChildDied, match="without an answer"):
            await child.request(job("killed"))
        assert child.dead
        assert await child.close() == -signal.SIGKILL
        with pytest.raises(ChildDied):
            await child.request(job("refuse"))

    with_child(use)


@pytest.mark.parametrize(
    ("name", "said"), [("nonsense", "something else than a reply"), ("gibberish", "what cannot be read")]
)
def test_a_worker_that_talks_nonsense_is_ended(
    caplog: pytest.LogCaptureFixture, name: str, said: str
) -> None:
    async def use(child: Child) -> None:
        assert not child.killed
        with pytest.raises(ChildDied, match=said):
            await child.request(job(name))
        assert child.killed

    with_child(use)
    assert f"a decode worker was ended, as it answered {said}" in caplog.text


def test_close_waits_until_the_process_is_gone() -> None:
    async def use(child: Child) -> None:
        process = (await child.request(job("process"))).message
        assert Path(f"/proc/{process}").exists()
        await child.close()
        assert not Path(f"/proc/{process}").exists()

    with_child(use)


def test_a_start_that_takes_too_long() -> None:
    async def use(child: Child) -> None:
        raise AssertionError("it started")

    with pytest.raises(ChildDied, match="in time"):
        with_child(use, timeout_s=0.001)


def test_a_start_that_fails() -> None:
    async def use(child: Child) -> None:
        raise AssertionError("it started")

    with pytest.raises(ChildDied, match="without an answer"):
        with_child(use, lambda setup: replace(setup, slab_path="/proc/1/nowhere"))
