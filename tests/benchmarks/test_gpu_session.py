"""The GPU's session without a GPU: steps, their logs and limits, and what it leaves."""

import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.gpu import session as module
from benchmarks.gpu.session import Session, main
from benchmarks.gpu.steps import Phase, Places, Step


def python(name: str, code: str, limit_s: float = 20.0, ahead: Path | None = None) -> Step:
    return Step(name, (sys.executable, "-c", code), limit_s, ahead)


def test_a_step_that_fails_or_hangs_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[dict[str, object]] = []
    session = Session(tmp_path, os.environ, 60, kept.append)
    steps = (
        python("good", "print('fine')"),
        python("bad", "raise SystemExit('no such thing')"),
        python("slow", "import time; time.sleep(30)", limit_s=5.0),
        Step("missing", ("/no/such/command",), 20),
    )
    session.run(Phase(steps, beside=True))
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
    session.run(Phase((python("late", "print()"),)))
    assert [ended.outcome for ended in session.ended] == ["NO TIME LEFT"]
    session = Session(tmp_path, os.environ, 60)
    session.run(Phase((python("beside", "print()"),), beside=True, share=0.05))
    session.run(Phase((python("after", "print()"),)))
    assert [ended.outcome for ended in session.ended] == ["NO TIME LEFT", "ok"]


def test_modules_of_a_step_are_before_all_others(tmp_path: Path) -> None:
    for folder in ("site", "own"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "made_here.py").write_text(f"print({folder!r})\n")
    session = Session(tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path / "site")}, 60)
    session.run(Phase((python("one", "import made_here", ahead=tmp_path / "own"),)))
    session.run(Phase((python("two", "import made_here"),)))
    assert [(tmp_path / f"{name}.log").read_text() for name in ("one", "two")] == ["own\n", "site\n"]


def test_a_whole_session_leaves_all_it_has_after_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    # What a step finds there is what would be left if the session were killed while it runs.
    looking = f"import os; print(sorted(os.listdir({str(out)!r})), open({str(out / 'table.txt')!r}).read())"

    def phases(at: Places, seconds: float) -> list[Phase]:
        tabulated = f"import json; json.dump(1, open({str(at.raw / 'gpu-x.json')!r}, 'w'))"
        return [
            Phase((python("one", tabulated), python("two", "1 / 0")), beside=True),
            Phase((python("three", looking),)),
        ]

    monkeypatch.setattr(module, "phases", phases)
    monkeypatch.setattr(module, "table", lambda at: (sys.executable, "-c", "print('a table')"))
    assert main([str(tmp_path), "--out", str(out)]) == 1
    shown = capsys.readouterr().out
    assert "ZeroDivisionError" in shown
    assert shown.endswith("a table\n\n")
    files = ["raw.tar.gz", "session.json", "table.txt"]
    assert sorted(path.name for path in out.iterdir()) == files
    left = json.loads((out / "session.json").read_text())
    assert {step["name"]: step["outcome"] for step in left["steps"]} == {
        "one": "ok",
        "two": "FAILED with 1",
        "three": "ok",
    }
    assert left["reports"] == {"gpu-x": 1}
    with tarfile.open(out / "raw.tar.gz") as archive:
        logs = [f"raw/{name}.log" for name in ("one", "three", "two")]
        assert archive.getnames() == ["raw/gpu-x.json", *logs]
        log = archive.extractfile("raw/three.log")
        assert log is not None
        assert log.read().decode() == f"{files} a table\n\n"


def test_a_session_without_a_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "phases", lambda at, seconds: [Phase((python("one", "print()"),))])
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert "none of the reports is there" in capsys.readouterr().out
    assert "none of the reports is there" in (tmp_path / "out" / "table.txt").read_text()


def test_a_folder_that_was_not_taken_along_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none"), "--out", str(tmp_path / "out")])
    assert f"there is no folder {tmp_path / 'none'}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
