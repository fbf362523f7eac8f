import io
import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveate.bundle.load import untrained_bundle
from foveate.cli import eval as eval_command
from foveate.cli.main import main
from tests.evaluation.bundles import changed
from tests.evaluation.made import data_set

BUNDLE = str(untrained_bundle())


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folders of frames, in the form of spaces, whose paths hold some."""
    return data_set(tmp_path_factory.mktemp("set"), (20, 6, 2), (0, 7, 1), " ")


def test_what_is_printed_and_written(
    tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, logits = tmp_path / "report.json", tmp_path / "logits.npz"
    code = main(
        [
            "eval",
            BUNDLE,
            "--list",
            str(listed),
            "--lanes",
            "1",
            "--json",
            str(report),
            "--logits",
            str(logits),
        ]
    )
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    lines = printed.out.splitlines()
    assert lines[0] == "These weights are untrained: the labels mean nothing."
    assert lines[1].startswith("untrained 1: 2 videos, 1 skipped, in ")
    assert "(8 classes without a video count 0)" in lines[4]
    assert lines[-1] == "skipped 1: fewer than 3 frames (first: video 2)"
    found = json.loads(report.read_text())
    assert (found["videos"], len(found["answers"]), found["list"]) == (2, 16, str(listed))
    with np.load(logits) as data:
        assert data["logits"].shape == (2, 16, 10)
        assert data["labels"].tolist() == [0, 7]
        best = data["logits"][:, -1].argmax(1)
    assert found["top1"] == float((best == [0, 7]).mean() * 100)
    assert sorted(tmp_path.iterdir()) == [logits, report]


def test_several_bundles_and_every_file(
    tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = changed(tmp_path / "other", version="2")
    names = ("all.json", "classes.csv", "curve.svg", "bars.png")
    report, classes, curve, bars = files = [tmp_path / "out" / name for name in names]
    report.parent.mkdir()
    command = ["eval", BUNDLE, str(other), "--list", str(listed), "--lanes", "1", "--steps", "all"]
    command += ["--json", str(report), "--classes", str(classes), "--score", "top1"]
    assert main([*command, "--picture", str(curve), "--class-picture", str(bars)]) == 0
    assert sorted(report.parent.iterdir()) == sorted(files)
    found = json.loads(report.read_text())
    assert (sorted(found), found["list"]) == (["bundles", "list"], str(listed))
    assert [one["title"] for one in found["bundles"]] == ["untrained 1", "untrained 2"]
    assert [len(one["answers"]) for one in found["bundles"]] == [16, 16]
    table = capsys.readouterr().out.splitlines()[-2:]
    assert [row.split()[:2] for row in table] == [["untrained", "1"], ["untrained", "2"]]
    assert len(classes.read_text().splitlines()) == 1 + 2 * 10
    drawn = curve.read_text()
    assert all(f"<!-- {words} -->" in drawn for words in ("untrained 2", "top-1 accuracy (%)"))
    with Image.open(bars) as image:
        assert image.format == "PNG"


def test_logits_are_of_one_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logits = str(tmp_path / "logits.npz")
    assert main(["eval", BUNDLE, BUNDLE, "--list", "list.txt", "--logits", logits]) == 1
    assert "--logits keeps the logits of one bundle" in capsys.readouterr().err


def test_skipping_or_stopping(tmp_path: Path, listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoiled = tmp_path / "list.txt"
    spoiled.write_text("nowhere 30 1\n" + listed.read_text())
    command = [
        "eval",
        BUNDLE,
        "--list",
        str(spoiled),
        "--root",
        str(listed.parent),
        "--lanes",
        "1",
        "--limit",
        "2",
    ]
    assert main(command) == 1
    message = f"foveate eval: line 1, nowhere: there is no folder {listed.parent}/nowhere\n"
    assert capsys.readouterr().err == message
    assert main([*command, "--on-error", "skip", "--steps", "all"]) == 0
    assert "1 videos, 1 skipped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("v 30 1\nv thirty 1\n", [], "line 2: 'v thirty 1' is not of the form"),
        ("v 30 10\n", [], "line 1: the label '10' is none of the bundle's 10 classes"),
        ("v 30 1\n", ["--json", "/nowhere/report.json"], "/nowhere/report.json cannot be written"),
        ("v 30 1\n", ["--max-gflops", "0.1"], "answers for no less than"),
        ("v 30 1\n", ["--max-gflops", "1", "--steps", "all"], "exclude each other"),
        ("v 30 1\n", ["--frame-name", "frame.jpg"], "does not name a frame by its number"),
        ("v 30 1\n", ["--picture", "curve.docx"], "curve.docx is no picture that can be drawn"),
        ("v 30 1\n", ["--class-picture", "/nowhere/c.png"], "/nowhere/c.png cannot be written"),
        ("v 30 1\n", ["--keep-shares", "0.9,x"], "'0.9,x' is no list of shares"),
        ("v 30 1\n", ["--keep-shares", "0.9"], "untrained drops no patches"),
        ("v 30 1\n", ["--keep-probabilities", "k.npy"], "and none is asked for"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, more: list[str], message: str
) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(text)
    assert main(["eval", BUNDLE, "--list", str(listed), *more]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert said.startswith("foveate eval: ")


@pytest.mark.parametrize(
    "more",
    [["--limit", "0"], ["--lanes", "-1"], ["--lanes", "1025"], ["--min-frames", "x"], ["--steps", "few"]],
)
def test_misuse(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["eval", BUNDLE, "--list", "list.txt", *more])
    assert caught.value.code == 2
    assert more[0] in capsys.readouterr().err


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, listed: Path) -> None:
    long = tmp_path / "list.txt"
    long.write_text("video 0 20 0\n" * 5000)
    command = [sys.executable, "-m", "foveate.cli.main", "eval", BUNDLE, "--list", str(long)]
    out = tmp_path / "out"
    out.mkdir()
    command += [
        "--root",
        str(listed.parent),
        "--lanes",
        "2",
        "--json",
        str(out / "j"),
        "--logits",
        str(out / "l"),
    ]
    # Tests that run in the background ignore interrupts, and so would what they start.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, preexec_fn=heard, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            children = workers(process)
            process.send_signal(signal.SIGINT)
            printed, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert (printed, said) == (b"", b"")
    assert list(out.iterdir()) == []
    assert not any(Path(f"/proc/{child}").exists() for child in children)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_to_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for shown in (True, False):
        stream = Terminal() if shown else io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        progress = eval_command._Progress()
        progress(3, 12, 1)
        progress.clear()
        said = stream.getvalue()
        assert said.startswith("\r3 of 12 videos, 1 skipped, ") == shown
        assert bool(said) == shown
        assert said.endswith(" \r") == shown


def workers(process: subprocess.Popen[bytes]) -> list[str]:
    """The two decode workers of a process, once they have been started."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if len(children) == 2:
            return children
        time.sleep(0.01)
    raise AssertionError("there are no decode workers")
