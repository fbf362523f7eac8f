"""Two decode pools: the CPU's for everything, and one whose workers use a GPU's decoder for large frames.

The CPU's workers see every video first, under their limits, and leave large ones to the GPU. What the GPU
does not decode, for whatever reason, comes back to the CPU, which has the last word on it.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from foveate.errors import FoveateError
from foveate.video.handover import HandedBack
from foveate.video.pool import DecodePool
from foveate.video.records import Decoded, DecodeJob
from foveate.video.settings import PoolStats

log = logging.getLogger(__name__)


class Decoding(Protocol):
    """What decodes videos: one pool, or two."""

    @property
    def ready(self) -> bool:
        """Whether jobs are done."""
        ...

    async def start(self) -> None:
        """Start the workers; see ``DecodePool.start``."""
        ...

    async def close(self) -> None:
        """Stop the workers; see ``DecodePool.close``."""
        ...

    def stats(self) -> PoolStats:
        """Counters and gauges, for metrics."""
        ...

    async def decode(self, job: DecodeJob) -> Decoded:
        """Have a job done; see ``DecodePool.decode``."""
        ...


class TwoDecoders:
    """The CPU's pool and the GPU's; see ``Decoding``.

    Args:
        cpu: decodes everything.
        gpu: its workers' handler decodes on a GPU.
        large_pixels: width times height from which on a frame is large.
        device: number of the GPU.
    """

    def __init__(self, cpu: DecodePool, gpu: DecodePool, large_pixels: int, device: int) -> None:
        self._cpu, self._gpu = cpu, gpu
        self._large_pixels, self._device = large_pixels, device
        self._fell_back = 0

    @property
    def ready(self) -> bool:
        """Whether jobs are done: the CPU does those of a GPU that has none."""
        return self._cpu.ready

    async def start(self) -> None:
        """Start both.

        Raises:
            UnavailableError: one does not get ready; neither is left running.
        """
        try:
            await self._cpu.start()
            await self._gpu.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop both."""
        await asyncio.gather(self._cpu.close(), self._gpu.close())

    def stats(self) -> PoolStats:
        """Of the CPU's pool, and what the GPU had."""
        on_gpu = self._gpu.stats().decoded
        return replace(self._cpu.stats(), decoded_on_gpu=on_gpu, fell_back=self._fell_back)

    async def decode(self, job: DecodeJob) -> Decoded:
        """Have a job done by the GPU if its frames are large, else or if that fails by the CPU."""
        try:
            return await self._cpu.decode(replace(job, large_pixels=self._large_pixels))
        except HandedBack:
            pass
        try:
            return await self._gpu.decode(replace(job, device=self._device))
        except (HandedBack, FoveateError) as reason:
            self._fell_back += 1
            log.info("a large video is decoded on the CPU: %s", reason)
        return await self._cpu.decode(job)
