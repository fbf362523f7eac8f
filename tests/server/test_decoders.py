"""Which decoders a server has."""

from collections.abc import Iterator

import pytest

from foveate.errors import ConfigError
from foveate.runtimes.gpu import find_gpu
from foveate.video.pool import DecodePool
from foveate.video.slab import Slab
from foveate.video.two_decoders import TwoDecoders
from server import decoders as module
from server.decoders import decoders, nvdec_settings, pool_settings
from server.settings import Settings


@pytest.fixture
def slab() -> Iterator[Slab]:
    slab = Slab(12, 2)
    yield slab
    slab.close()


def test_the_cpus_by_default(slab: Slab) -> None:
    assert isinstance(decoders(slab, Settings(), 1), DecodePool)


def test_nvdec_is_refused_where_there_is_none(slab: Slab) -> None:
    try:
        find_gpu(0)
    except ConfigError:
        with pytest.raises(ConfigError, match="videos cannot be decoded by nvdec: no CUDA device"):
            decoders(slab, Settings(decode="nvdec"), 1)
    else:
        pytest.skip("there is a GPU here")


def test_both_where_there_is_a_gpu(slab: Slab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(module, "require_nvdec", asked.append)
    settings = Settings(decode="nvdec", device=3, nvdec_workers=4)
    assert isinstance(decoders(slab, settings, 2), TwoDecoders)
    assert asked == [3]
    cpu, gpu = pool_settings(settings, 2), nvdec_settings(settings)
    assert (cpu.workers, gpu.workers) == (2, 4)
    assert cpu.memory_bytes > 0 == gpu.memory_bytes
    assert gpu.limits == cpu.limits
