"""Two decoders on a folder: the CPU against itself, and against a GPU's that is played by FFmpeg."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gpu import decode_parity
from benchmarks.gpu.decode_parity import compare_folder, main
from foveate.errors import ConfigError
from tests.video import fake_nvdec
from tests.video.made import encode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    encode(folder / "plain.mp4", "libx264", frames=5)
    encode(folder / "old.mp4", "mpeg4", frames=5)
    (folder / "notes.txt").write_text("no video")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["decode_parity", *arguments])
    return main()


def test_the_cpu_differs_nowhere_from_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder.parent / "raw.json"
    assert run(monkeypatch, str(folder), "--against", "cpu", "--each", "--out", str(out)) == 0
    shown = capsys.readouterr().out
    assert "plain.mp4: h264 yuv420p 96x64, 0 of 5 pages differ" in shown
    assert "page 4: at most 0" in shown
    assert "notes.txt: refused" in shown
    assert [entry["outcome"] == "compared" for entry in json.loads(out.read_text())] == [False, True, True]


def test_a_gpus_decoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_parity, "require_nvdec", lambda device: None)
    monkeypatch.setattr(decode_parity, "load_library", fake_nvdec.binding)
    found = {each.file: each for each in compare_folder(folder, "nvdec")}
    assert found["plain.mp4"].largest == (0,) * 5
    assert found["plain.mp4"].same_facts
    assert "mpeg4 in yuv420p" in found["old.mp4"].outcome

    class Dim(fake_nvdec.Decoder):
        def Decode(self, packet: fake_nvdec.PacketData) -> list[fake_nvdec.Frame]:
            frames = super().Decode(packet)
            for memory in self._given:
                memory[:] = bytes(max(0, value - 2) for value in memory)
            return frames

    def create(codec: Any, **given: Any) -> Dim:
        return Dim(codec)

    monkeypatch.setattr(decode_parity, "load_library", lambda: fake_nvdec.binding(CreateDecoder=create))
    assert run(monkeypatch, str(folder)) == 1


def test_without_a_folder_or_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="is not a folder"):
        next(compare_folder(tmp_path / "none", "cpu"))

    def refuse(device: int) -> None:
        raise ConfigError("no GPU")

    monkeypatch.setattr(decode_parity, "require_nvdec", refuse)
    assert run(monkeypatch, str(tmp_path)) == 1
