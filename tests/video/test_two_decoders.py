"""Large videos go to the GPU's pool, and whatever it does not do comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from foveate.errors import InputError, UnavailableError
from foveate.video.pool import DecodePool
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab
from foveate.video.two_decoders import TwoDecoders
from tests.video.made import CROP, encode
from tests.video.pools import job


@asynccontextmanager
async def running(handler: str, large_pixels: int = 1) -> AsyncIterator[tuple[TwoDecoders, Slab]]:
    slab = Slab(CROP * CROP * 3, 32)
    gpu = DecodePool(slab, PoolSettings(handler=handler, memory_bytes=0))
    both = TwoDecoders(DecodePool(slab, PoolSettings()), gpu, large_pixels, 0)
    await both.start()
    try:
        yield both, slab
    finally:
        await both.close()
        slab.close()


def test_large_videos_are_the_gpus(tmp_path: Path) -> None:
    large = encode(tmp_path / "large.mp4", "libx264", frames=8)
    small = encode(tmp_path / "small.mp4", "libx264", frames=8, size=(64, 48))

    async def main() -> None:
        async with running("tests.video.fake_nvdec:job", 96 * 64) as (both, slab):
            assert both.ready
            assert (await both.decode(job(slab, large))).facts.by == "nvdec"
            assert (await both.decode(job(slab, small))).facts.by == "cpu"
            stats = both.stats()
            assert (stats.decoded, stats.decoded_on_gpu, stats.handed_back, stats.fell_back) == (1, 1, 1, 0)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("handler", "reason"),
    [("broken_job", "the GPU's decoder says: no session is left"), ("ended_job", "The decoder ended")],
)
def test_what_the_gpu_does_not_decode_the_cpu_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, handler: str, reason: str
) -> None:
    caplog.set_level("INFO")
    large = encode(tmp_path / "large.mp4", "libx264", frames=8)

    async def main() -> None:
        async with running(f"tests.video.fake_nvdec:{handler}") as (both, slab):
            assert (await both.decode(job(slab, large))).facts.by == "cpu"
            (tmp_path / "nothing").touch()
            with pytest.raises(InputError, match="empty"):
                await both.decode(job(slab, tmp_path / "nothing"))
            assert (both.stats().decoded_on_gpu, both.stats().fell_back) == (0, 1)

    asyncio.run(main())
    assert f"decoded on the CPU: {reason}" in caplog.text


def test_a_gpu_pool_that_does_not_start_leaves_nothing_running() -> None:
    async def main() -> None:
        slab = Slab(CROP * CROP * 3, 4)
        cpu = DecodePool(slab, PoolSettings())
        both = TwoDecoders(cpu, DecodePool(slab, PoolSettings(handler="no.such:thing")), 1, 0)
        with pytest.raises(UnavailableError):
            await both.start()
        assert not cpu.ready
        slab.close()

    asyncio.run(main())
