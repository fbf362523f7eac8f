"""The GPU's session without a GPU: steps, their logs and limits, and what is run."""

import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.gpu import session as module
from benchmarks.gpu.bundles import drafts
from benchmarks.gpu.pack import PACKAGES, pinned
from benchmarks.gpu.session import BUNDLES, Session, Step, alone, by_provider, main, over_http, together


def python(name: str, code: str, limit_s: float = 20.0) -> Step:
    return Step(name, (sys.executable, "-c", code), limit_s)


def test_a_step_that_fails_or_hangs_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[dict[str, object]] = []
    session = Session(tmp_path, os.environ, 60, kept.append)
    session.run(
        python("good", "print('fine')"),
        python("bad", "raise SystemExit('no such thing')"),
        python("slow", "import time; time.sleep(30)", limit_s=5.0),
        Step("missing", ("/no/such/command",), 20),
        at_once=4,
    )
    outcomes = {ended.step.name: ended.outcome for ended in session.ended}
    assert outcomes == {
        "good": "ok",
        "bad": "FAILED with 1",
        "slow": "ENDED, took too long",
        "missing": "FAILED: No such file or directory",
    }
    assert {step["name"]: step["outcome"] for step in kept} == outcomes
    assert (tmp_path / "good.log").read_text() == "fine\n"
    assert "    no such thing" in capsys.readouterr().out


def test_what_finds_no_time_is_said(tmp_path: Path) -> None:
    session = Session(tmp_path, os.environ, 1)
    session.run(python("late", "print()"))
    assert [ended.outcome for ended in session.ended] == ["NO TIME LEFT"]
    session = Session(tmp_path, os.environ, 60)
    session.run(python("beside", "print()"), share=0.05)
    session.run(python("after", "print()"))
    assert [ended.outcome for ended in session.ended] == ["NO TIME LEFT", "ok"]


def test_everything_is_in_it(tmp_path: Path) -> None:
    assert set(BUNDLES) == set(drafts())
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "one.json").touch()
    first = together(tmp_path, tmp_path)
    assert [step.name for step in first] == [*(f"bundle-{name}" for name in BUNDLES), "golden-one"]
    assert first[-1].command[-4:] == ("--precision", "fp16", "--set", "one")
    rest = [step.name for step in (*alone(tmp_path, tmp_path, 1), over_http(tmp_path, tmp_path, tmp_path, 1))]
    assert rest[:2] == ["gpu-adafocus-tsm-p144", "tests"]
    assert len(rest) == len(BUNDLES) + 2
    assert "onnxruntime" in by_provider(tmp_path, tmp_path, 1).command
    assert not together(tmp_path / "empty", tmp_path)[len(BUNDLES) :]


def test_a_whole_session_ends_with_a_table_or_says_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "together", lambda folder, made: [python("one", "print('made')")])
    monkeypatch.setattr(module, "alone", lambda made, out, seconds: [python("two", "1 / 0")])
    monkeypatch.setattr(module, "over_http", lambda *_: python("three", "print()"))
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "clip.mp4").touch()
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr().out
    assert "ZeroDivisionError" in shown
    assert "none of the reports is there" in shown
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["raw.tar.gz", "session.json", "table.txt"]
    assert "none of the reports is there" in (out / "table.txt").read_text()
    steps = json.loads((out / "session.json").read_text())["steps"]
    assert [(step["name"], step["outcome"]) for step in steps[1:]] == [
        *(("one", "ok"), ("two", "FAILED with 1"), ("three", "ok"), ("table", "FAILED with 1")),
    ]
    with tarfile.open(out / "raw.tar.gz") as archive:
        logs = ("machine", "one", "table", "three", "two")
        assert archive.getnames() == [f"raw/{name}.log" for name in logs]


def test_packages_are_those_of_the_constraints() -> None:
    found = pinned(PACKAGES, Path("constraints.txt"))
    assert len(found) == len(PACKAGES)
    assert any(name.startswith("pydantic-core==") for name in found)
    assert pinned(("no-such-package",), Path("constraints.txt")) == ["no-such-package"]
