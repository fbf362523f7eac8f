import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from export import command
from export.request import ExportRequest, Progress
from foveate.cli import export as cli
from foveate.errors import CheckpointError, ConfigError


def arguments(folder: Path, *more: str) -> argparse.Namespace:
    (folder / "labels").write_text("a\nb\n")
    (folder / "file").write_bytes(b"x")
    parser = argparse.ArgumentParser()
    cli.configure(parser)
    given = [str(folder / "file"), "--system", "adafocus", "--labels", str(folder / "labels"), "--out", "out"]
    return parser.parse_args([*given, *more])


def test_the_arguments_become_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[ExportRequest] = []

    def export(request: ExportRequest, progress: Progress) -> Path:
        asked.append(request)
        progress("exporting")
        return request.out

    monkeypatch.setattr(command, "exporter", lambda system: export)
    options = shlex.split(
        "--patch 128 --crop 448 --frames 8 --focus-frames 12 --precision fp16 --name n --notice N --force "
        "--glance-side 96 --shift-divisor 10 --glance-checkpoint g --places grid "
        "--keep-checkpoint k --keep-threshold 0.5 --keep-share 0.7 --keep-probabilities p.npy"
    )
    assert command.run(arguments(tmp_path, *options)) == 0
    labels, out = ("a", "b"), Path("out")
    wanted = ExportRequest(
        tmp_path / "file", labels, out, 128, 8, None, 12, "fp16", "n", "1", None, "N", True, 10, Path("g")
    )
    keep = {"keep_checkpoint": Path("k"), "keep_probabilities": Path("p.npy")}
    wanted = replace(wanted, crop=448, glance_side=96, places="grid", keep_threshold=0.5, keep_share=0.7)
    assert asked == [replace(wanted, **keep)]  # type: ignore[arg-type]
    printed = capsys.readouterr()
    assert printed.out == "out\n"
    assert printed.err.endswith(" s] exporting\n")


def test_a_missing_checkpoint_is_said_before_anything_else(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    args.checkpoint, args.labels = str(tmp_path / "none"), "none either"
    with pytest.raises(CheckpointError, match="none is not a file"):
        command.run(args)


def test_an_unknown_system_is_answered_with_the_known(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    args.system = "perception"
    with pytest.raises(ConfigError, match=r"no system is called perception; there are: .*adafocus"):
        command.run(args)
