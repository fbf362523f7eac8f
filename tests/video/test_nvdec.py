"""The GPU's decoder, played by FFmpeg: pages as the CPU makes them, and what is left to the CPU."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.errors import ConfigError
from foveate.video import nvdec
from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip, nothing
from foveate.video.handover import HandedBack
from foveate.video.jobs import run_job
from foveate.video.nvdec import decode_on_gpu, load_library
from foveate.video.records import DecodeJob
from foveate.video.slab import Slab
from tests.video import fake_nvdec
from tests.video.made import CROP, SMALL, blank_pages, encode, middles

CODED = {
    "h264.mp4": ("libx264", {"bf": "3", "preset": "ultrafast"}, "yuv420p"),
    "h264.mkv": ("libx264", {"bf": "2", "preset": "ultrafast"}, "yuv420p"),
    "hevc.mp4": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=none"}, "yuv420p"),
    "vp9.webm": ("libvpx-vp9", {"cpu-used": "8", "deadline": "realtime"}, "yuv420p"),
}


def both(path: Path, count: int = 7) -> tuple[Any, Any, list[Any], list[Any]]:
    ours, theirs = blank_pages(count), blank_pages(count)
    cpu = decode_clip(str(path), middles(count), SMALL, DecodeLimits(), theirs)
    job = DecodeJob(str(path), middles(count), SMALL, tuple(range(count)))
    gpu = decode_on_gpu(job, DecodeLimits(), ours, fake_nvdec.binding(), nothing)
    return gpu, cpu, ours, theirs


def refusal(path: Path, library: Any = None, count: int = 4) -> str:
    job = DecodeJob(str(path), middles(count), SMALL, tuple(range(count)))
    with pytest.raises(HandedBack) as caught:
        decode_on_gpu(job, DecodeLimits(), blank_pages(count), library or fake_nvdec.binding(), nothing)
    return str(caught.value)


@pytest.mark.parametrize("name", CODED)
def test_pages_and_facts_are_those_of_the_cpu(name: str, tmp_path: Path) -> None:
    codec, options, pixels = CODED[name]
    path = encode(tmp_path / name, codec, frames=30, options=options, pix_fmt=pixels)
    gpu, cpu, ours, theirs = both(path)
    np.testing.assert_array_equal(ours, theirs)
    assert (gpu.pages, gpu.indices, gpu.times_s, gpu.geometry) == (
        cpu.pages,
        cpu.indices,
        cpu.times_s,
        cpu.geometry,
    )
    assert (gpu.facts.by, cpu.facts.by) == ("nvdec", "cpu")
    assert gpu.facts.pixel_format == "yuv420p"
    # Nothing is left out before the last wanted frame; frames held back for their order come out too.
    assert cpu.facts.decoded <= gpu.facts.decoded <= gpu.facts.frames


def test_turned_and_full_range_videos(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "turned.mp4", "libx264", frames=9, rotation=90, pix_fmt="yuvj420p", color_range=2
    )
    gpu, cpu, ours, theirs = both(path, 3)
    np.testing.assert_array_equal(ours, theirs)
    assert gpu.facts.rotation == cpu.facts.rotation == 90
    assert gpu.facts.full_range


def test_what_is_left_to_the_cpu_and_why(tmp_path: Path) -> None:
    ten = encode(tmp_path / "10.mp4", "libx264", frames=4, pix_fmt="yuv420p10le")
    assert refusal(ten) == "h264 in yuv420p10le is not decoded on the GPU"
    old = encode(tmp_path / "old.mp4", "mpeg4", frames=4)
    assert refusal(old) == "mpeg4 in yuv420p is not decoded on the GPU"
    odd = encode(tmp_path / "odd.webm", "libvpx-vp9", frames=4, size=(95, 63), options={"cpu-used": "8"})
    assert refusal(odd) == "the frames have an odd side"
    woven = encode(
        tmp_path / "woven.mp4", "libx264", frames=8, options={"x264-params": "interlaced=1", "bf": "0"}
    )
    assert refusal(woven) == "the frames are interlaced"


def test_what_the_library_raises_leaves_the_video_to_the_cpu(tmp_path: Path) -> None:
    path = encode(tmp_path / "plain.mp4", "libx264", frames=8)

    def create(**given: Any) -> Any:
        raise RuntimeError("no session is left\nand a page of advice")

    class Forgetful(fake_nvdec.Decoder):
        def Decode(self, packet: fake_nvdec.PacketData) -> list[fake_nvdec.Frame]:
            return super().Decode(packet)[1:]

    class Larger(fake_nvdec.Frame):
        def framesize(self) -> int:
            return super().framesize() + 1

    class Growing(fake_nvdec.Decoder):
        def Decode(self, packet: fake_nvdec.PacketData) -> list[fake_nvdec.Frame]:
            return [Larger(frame._memory, frame.getPTS()) for frame in super().Decode(packet)]

    class Shuffling(fake_nvdec.Decoder):
        def Decode(self, packet: fake_nvdec.PacketData) -> list[fake_nvdec.Frame]:
            return [fake_nvdec.Frame(frame._memory, 9 - frame.getPTS()) for frame in super().Decode(packet)]

    shuffling = fake_nvdec.binding(CreateDecoder=lambda codec, **_: Shuffling(codec))
    assert refusal(path, shuffling) == "frames come out of order"
    assert refusal(path, fake_nvdec.binding(CreateDecoder=create)).endswith("says: no session is left")
    forgetful = fake_nvdec.binding(CreateDecoder=lambda codec, **_: Forgetful(codec))
    assert "did not come out" in refusal(path, forgetful, 8)
    growing = fake_nvdec.binding(CreateDecoder=lambda codec, **_: Growing(codec))
    assert refusal(path, growing) == "the size of the frames changes"


def test_a_job_writes_the_slabs_pages(tmp_path: Path) -> None:
    path = encode(tmp_path / "plain.mp4", "libx264", frames=8)
    slab = Slab(CROP * CROP * 3, 8)
    asked = DecodeJob(str(path), middles(3), SMALL, (7, 6, 5))
    found = fake_nvdec.job(asked, slab, DecodeLimits(), nothing)
    mine = slab.array()[5:].copy()
    assert found.pages == run_job(asked, slab, DecodeLimits(), nothing).pages == ((7, 6, 5),)
    np.testing.assert_array_equal(mine, slab.array()[5:])
    slab.close()


def test_a_cancelled_job_ends_between_packets(tmp_path: Path) -> None:
    path = encode(tmp_path / "plain.mp4", "libx264", frames=8)

    class Gone(BaseException):
        pass

    def checkpoint() -> None:
        raise Gone

    job = DecodeJob(str(path), middles(3), SMALL, (0, 1, 2))
    with pytest.raises(Gone):
        decode_on_gpu(job, DecodeLimits(), blank_pages(3), fake_nvdec.binding(), checkpoint)


def test_without_the_package_it_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvdec, "MODULE", "no_such_module")
    with pytest.raises(ConfigError, match="not installed; the extra 'nvdec' does"):
        load_library()
