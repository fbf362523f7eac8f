"""Batches of a server: by what was said, or by what it runs on."""

import pytest

from foveate.runtimes.base import RuntimeInfo
from server import sizing
from server.settings import Settings
from server.sizing import rules_of, wish_of

CPU = RuntimeInfo("onnxruntime", "cpu", "why")
CUDA = RuntimeInfo("TensorRT", "cuda:0 (Some GPU)", "why")


@pytest.fixture
def large_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "gpu_memory", lambda device: 80 << 30)


@pytest.mark.usefixtures("large_gpu")
def test_a_gpu_gets_large_batches_and_two_lanes() -> None:
    settings = Settings()
    wish = wish_of(settings)
    rules = rules_of(settings, wish, CUDA)
    assert (wish.max_frames, wish.max_videos) == (rules.max_frames, rules.max_videos) == (256, 64)
    assert (rules.lanes, rules.share) == (2, False)


@pytest.mark.usefixtures("large_gpu")
def test_a_cpu_gets_small_ones_even_where_there_is_a_gpu_that_did_not_start() -> None:
    settings = Settings(lanes=3)
    rules = rules_of(settings, wish_of(settings), CPU)
    assert (rules.max_frames, rules.max_videos, rules.lanes, rules.share) == (8, 8, 3, True)
    assert wish_of(Settings(runtime="cpu")).max_frames == 8


@pytest.mark.usefixtures("large_gpu")
def test_what_was_said_holds() -> None:
    settings = Settings(batch_frames=48, batch_videos=5, lanes=1, look_ahead=7)
    wish = wish_of(settings)
    assert (wish.max_frames, wish.max_videos) == (48, 5)
    for info in (CPU, CUDA):
        rules = rules_of(settings, wish, info)
        assert (rules.max_frames, rules.max_videos, rules.lanes, rules.look_ahead) == (48, 5, 1, 7)


def test_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "gpu_memory", lambda device: None)
    assert wish_of(Settings()).max_frames == 8
