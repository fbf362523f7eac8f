"""The server's parts around a device: slab pinned, videos run on it, everything let go."""

import asyncio

import pytest
import torch

from foveate.device.onnx_cuda import OnnxCudaLoader
from foveate.engine.executor import OpensDevice
from server.service import Service
from server.settings import Settings
from tests.device.fake import FreedError
from tests.device.opening import OnFake
from tests.server.live import SMALL


def test_the_server_runs_on_a_device_that_its_runtime_opens() -> None:
    runtime = OnFake(OnnxCudaLoader(torch.device("cpu"), "CPUExecutionProvider"))
    assert isinstance(runtime, OpensDevice)
    service = Service(Settings(**SMALL, max_in_flight=2, pages=32), runtime)

    async def run() -> None:
        await service.start()
        assert service.unready() is None
        await service.close()

    asyncio.run(run())
    assert runtime.opened is not None
    # The videos of the warm-up, one after another in pages that are used again.
    assert runtime.opened.slots.stats.copied > 32
    assert runtime.opened.slots.stats.recopied == 0
    with pytest.raises(FreedError):
        _ = runtime.opened._slab.tensor
