"""On a GPU: the kernel, a whole bundle, and a thousand batches. Skipped, saying so, where there is none."""

import numpy as np
import onnxruntime
import pytest
import torch

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import Form, PixelOperation
from foveate.device.onnx_cuda import CUDA
from foveate.device.pixels import affine_of, look_on_host
from foveate.device.runtime import GpuRuntime, GraphsBy
from foveate.engine.executor import OpensDevice
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit
from foveate.errors import ConfigError
from foveate.video.slab import Slab
from tests.device.real import answer, frames_of, run_one

BUNDLE = load_bundle(untrained_bundle())
RULES = LaneRules(lanes=2, max_frames=32, max_videos=8, share=False)
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_is_said() -> None:
    with pytest.raises(ConfigError, match="finds no GPU 0"):
        GpuRuntime()


def test_it_is_what_the_server_opens() -> None:
    assert issubclass(GpuRuntime, OpensDevice)


@on_gpu
@pytest.mark.parametrize("operation", sorted(PixelOperation))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_compiled_kernel(
    operation: PixelOperation, dtype: torch.dtype, layout: torch.memory_format
) -> None:
    from foveate.device.kernels.look import look

    rng = np.random.default_rng(0)
    frames = torch.from_numpy(rng.integers(0, 256, (50, 224, 224, 3), np.uint8))
    whole = operation is PixelOperation.CUT
    corners = rng.integers(0, 128, (200, 2)) if whole else rng.uniform(-20, 150, (200, 2))
    sides = np.full((200, 2), 96) if whole else rng.uniform(20, 200, (200, 2))
    rectangles = torch.from_numpy(np.concatenate([corners, sides], 1).astype(np.float32))
    slots, rows = torch.from_numpy(rng.integers(0, 50, 300)), torch.from_numpy(rng.integers(0, 200, 300))
    affine = torch.tensor(affine_of((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    pixels = Pixels(operation=operation, height=96, width=96)
    wanted = torch.empty(300, 3, 96, 96)
    look_on_host(frames, slots, rectangles, rows, pixels, affine, wanted)
    out = torch.empty(300, 3, 96, 96, dtype=dtype, device="cuda", memory_format=layout)
    look(frames.cuda(), slots.cuda(), rectangles.cuda(), rows.cuda(), pixels, affine.cuda(), out)
    tolerance = 1e-5 if dtype is torch.float32 else 2e-3
    torch.testing.assert_close(out.float().cpu(), wanted, atol=tolerance, rtol=0)


@on_gpu
@pytest.mark.parametrize("graphs_by", ["torch", "onnxruntime"])
def test_a_bundle_on_the_gpu(graphs_by: GraphsBy) -> None:
    if graphs_by == "onnxruntime" and CUDA not in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has no CUDA provider")
    memory = frames_of(BUNDLE)
    opened = GpuRuntime(graphs_by=graphs_by)
    executors = opened.open_device(memory, RULES, videos=2)
    found, wanted = run_one(BUNDLE, memory, RULES, executors.make), answer(BUNDLE, None)
    executors.close()
    assert "cuda" in opened.info.device
    assert found.step_logits is not None
    assert wanted.step_logits is not None
    error = np.linalg.norm(found.step_logits - wanted.step_logits) / np.linalg.norm(wanted.step_logits)
    assert error < 3e-2


@on_gpu
def test_a_thousand_batches_allocate_nothing_on_the_gpu() -> None:
    slab = Slab(224 * 224 * 3, 8 * 16)
    plan, rng = BundlePlan.of(BUNDLE.manifest), np.random.default_rng(0)
    executors = GpuRuntime().open_device(slab.array(), RULES, videos=8)
    executor = executors.make(BUNDLE, plan)
    stores = [executor.open((tuple(range(16 * video, 16 * video + 16)),)) for video in range(8)]

    def run(lane: int, count: int) -> None:
        places = rng.permutation(128)[:count].tolist()
        units = tuple(Unit(p // 16, Stage.GLANCE, Form.WHOLE, 0, p % 16) for p in places)
        batch = Batch(0, QueueKey("x", Stage.GLANCE, Form.WHOLE), units, ClosedBy.FULL)
        executor.run(batch, [stores[unit.video] for unit in units], Scratch(lane))

    for count in range(1, 33):
        run(count % 2, count)
    before = torch.cuda.memory_stats()
    for _ in range(1000):
        run(int(rng.integers(2)), int(rng.integers(1, 33)))
    after = torch.cuda.memory_stats()
    for name in ("allocation.all.allocated", "segment.all.allocated"):
        assert after[name] == before[name], name
    executors.close()
    slab.close()
