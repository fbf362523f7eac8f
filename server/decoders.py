"""What decodes a server's videos, as its settings say."""

from dataclasses import replace

from foveate.video.container import DecodeLimits
from foveate.video.nvdec_probe import require_nvdec
from foveate.video.pool import DecodePool
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab
from foveate.video.two_decoders import Decoding, TwoDecoders
from server.settings import Settings

_OPEN_FILES = 1024
"""CUDA opens dozens of files of the driver's."""


def decoders(slab: Slab, settings: Settings, workers: int) -> Decoding:
    """A pool of so many processes on the CPU, and one on the GPU beside it where that was asked for.

    Raises:
        ConfigError: the GPU's decoder was asked for and cannot be had.
    """
    cpu = DecodePool(slab, pool_settings(settings, workers))
    if settings.decode == "cpu":
        return cpu
    require_nvdec(settings.device)
    gpu = DecodePool(slab, nvdec_settings(settings))
    return TwoDecoders(cpu, gpu, settings.nvdec_pixels, settings.device)


def pool_settings(settings: Settings, workers: int) -> PoolSettings:
    """Of the CPU's pool."""
    return PoolSettings(
        workers=workers,
        max_waiting=settings.max_in_flight,
        timeout_s=settings.decode_timeout_s,
        cpu_s=max(1, round(settings.decode_timeout_s)),
        limits=DecodeLimits(
            max_pixels=settings.max_pixels,
            max_duration_s=settings.max_duration_s,
            max_packets=settings.max_packets,
        ),
    )


def nvdec_settings(settings: Settings) -> PoolSettings:
    """Of the GPU's pool: without a limit of address space, of which CUDA reserves all there could be."""
    return replace(
        pool_settings(settings, settings.nvdec_workers),
        memory_bytes=0,
        open_files=_OPEN_FILES,
        handler="foveate.video.nvdec:run_job",
    )
