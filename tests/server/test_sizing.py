"""Batches of a server: by what was said, or by what it runs on."""

import pytest

from foveate.engine.scheduler import LaneRules
from foveate.errors import ConfigError
from foveate.runtimes.base import RuntimeInfo
from foveate.runtimes.wish import RuntimeName
from server import settings as settings_module
from server import sizing
from server.settings import Settings
from server.sizing import pages_of, require_pages, rules_of, wish_of, workers_of

CPU = RuntimeInfo("onnxruntime", "cpu", "why")
CUDA = RuntimeInfo("TensorRT", "cuda:0 (Some GPU)", "why")


@pytest.fixture
def large_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "gpu_memory", lambda device: 80 << 30)


@pytest.mark.usefixtures("large_gpu")
def test_a_gpu_gets_large_batches_and_three_lanes() -> None:
    settings = Settings()
    wish = wish_of(settings)
    rules = rules_of(settings, wish, CUDA)
    assert (wish.max_frames, wish.max_videos) == (rules.max_frames, rules.max_videos) == (256, 64)
    assert (rules.lanes, rules.share, rules.full) == (3, False, True)


@pytest.mark.usefixtures("large_gpu")
def test_a_cpu_gets_small_ones_even_where_there_is_a_gpu_that_did_not_start() -> None:
    settings = Settings(lanes=3)
    rules = rules_of(settings, wish_of(settings), CPU)
    assert (rules.max_frames, rules.max_videos, rules.lanes, rules.share) == (8, 8, 3, True)
    assert not rules.full
    assert wish_of(Settings(runtime=RuntimeName.CPU)).max_frames == 8


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


def test_decoders_share_a_cpu_with_lanes_and_have_it_to_themselves_with_a_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (sizing, settings_module):
        monkeypatch.setattr(module, "core_count", lambda: 6)
    assert [workers_of(Settings(), info) for info in (CPU, CUDA)] == [6, 6]
    assert [workers_of(Settings(lanes=2), info) for info in (CPU, CUDA)] == [2, 6]
    assert [workers_of(Settings(decode_workers=3, lanes=2), info) for info in (CPU, CUDA)] == [3, 3]


def test_pages_for_full_lanes_and_busy_decoders() -> None:
    cpu = LaneRules(lanes=4, max_frames=8, max_videos=8)
    # A batch of 8 frames is of one video of 16 frames, one of 256 of 16 videos.
    assert pages_of(Settings(), cpu, 4, 16) == 16 * 2 * (4 + 4)
    assert pages_of(Settings(), cpu, 4, 4) == 4 * 2 * (8 + 4)
    gpu = LaneRules(lanes=2, max_frames=256, max_videos=64)
    assert pages_of(Settings(max_in_flight=1000), gpu, 16, 16) == 16 * 2 * (32 + 16)
    assert pages_of(Settings(max_in_flight=50), gpu, 16, 16) == 16 * 50
    assert pages_of(Settings(max_in_flight=2), gpu, 16, 16) == 16 * 8


def test_pages_that_were_said_hold_and_must_do_for_one_video() -> None:
    rules = LaneRules(lanes=1, max_frames=8, max_videos=8)
    assert pages_of(Settings(pages=16), rules, 1, 16) == 16
    for enough in (0, 16):
        require_pages(Settings(pages=enough), 16)
    with pytest.raises(ConfigError, match="--pages: 15 are too few; one video takes up to 16"):
        require_pages(Settings(pages=15), 16)
