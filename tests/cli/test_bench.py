import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveate.bench.plan import LevelPlan, Options, SearchPlan
from foveate.bench.stability import Rules
from foveate.cli import bench
from foveate.cli.main import main
from tests.bench.fake_server import Call, FakeServer, Response, answered, serving

URL = "http://127.0.0.1:1"
QUICK = ("--warmup", "0", "--window", "0.1", "--stability", "1e9", "--quiet")
FLAGS = {"json": "--json", "csv": "--csv", "jsonl": "--requests", "png": "--picture"}


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving(FakeServer()) as fake:
        yield fake


@pytest.fixture
def video(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a video")
    return str(path)


def options(*arguments: str) -> Options:
    parser = argparse.ArgumentParser()
    bench.configure(parser)
    return bench._options(parser.parse_args([URL, *arguments]))


def test_defaults() -> None:
    found = options("--input", "a", "--input", "b")
    assert found.inputs == (Path("a"), Path("b"))
    assert found.levels == (LevelPlan("concurrency", 1),)
    assert found.rules == Rules(warmup_s=2, window_s=5, most=10, within=0.1, percentile=95)
    assert (found.limit_s, found.parameters, found.shuffled, found.form) == (None, {}, False, False)


def test_levels() -> None:
    assert [plan.load for plan in options("--frames", "4", "--concurrency", "1:8:x2").levels] == [1, 2, 4, 8]
    rates = options("--frames", "4", "--rate", "1:3:0.5", "--arrivals", "constant", "--seed", "7").levels
    assert rates[1] == LevelPlan("rate", 1.5, poisson=False, seed=7)
    assert options("--frames", "4", "--rate", "2", "--max-outstanding", "9").levels[0].most == 9


def test_a_trace_at_several_speeds(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_text("seconds\n1\n3\n")
    levels = options("--frames", "4", "--trace", str(path), "--speed", "1,2").levels
    assert levels == (LevelPlan("trace", 1, trace=(0, 2)), LevelPlan("trace", 2, trace=(0, 1)))


def test_everything_else() -> None:
    found = options(
        *("--frames", "4", "--frame-size", "32x48", "--order", "random", "--percentile", "mean"),
        *("--param", "model=a", "--param", "max_gflops=2", "--latency-limit-ms", "500"),
    )
    assert (found.frames, found.frame_size, found.shuffled, found.limit_s) == (4, (32, 48), True, 0.5)
    assert found.parameters == {"model": "a", "max_gflops": "2"}
    assert found.rules.percentile is None


def test_windows_of_requests() -> None:
    rules = options("--frames", "4", "--window-requests", "50").rules
    assert (rules.window_s, rules.window_requests) == (None, 50)
    assert options("--frames", "4", "--window", "7").rules.window_s == 7


def test_a_search() -> None:
    found = options(
        *("--frames", "4", "--search", "1:64", "--search-within", "10", "--latency-limit-ms", "500")
    )
    assert found.search == SearchPlan(1, 64, 0.1)
    assert found.levels == (LevelPlan("rate", 1),)


def test_something_must_be_posted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options()
    assert "--input --frames is required" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["localhost:8000", "--frames", "1"], "is no URL"),
        ([URL, "--frames", "1"], "cannot be reached"),
        ([URL, "--frames", "1", "--body", "form"], "not as a form"),
        ([URL, "--frames", "1", "--search", "1:2"], "--search needs --latency-limit-ms"),
        ([URL, "--frames", "1", "--requests", "/nowhere/out.jsonl"], "/nowhere/out.jsonl cannot be written"),
        ([URL, "--input", "/nowhere.csv"], "/nowhere.csv cannot be read"),
        ([URL, "--frames", "1", "--trace", "/nowhere"], "/nowhere cannot be read"),
        ([URL, "--frames", "1", "--json", "/nowhere/out.json"], "/nowhere/out.json cannot be written"),
        ([URL, "--frames", "1", "--json", ""], "cannot be written: it is a folder"),
        ([URL, "--frames", "1", "--csv", "/tmp"], "/tmp cannot be written: it is a folder"),
        ([URL, "--frames", "1", "--picture", "out.docx"], "out.docx is no picture"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("foveate bench: ")
    assert error.count("\n") == 1
    assert message in error


def test_no_such_input_and_no_such_model(
    fake: FakeServer, video: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", fake.url, "--input", "/nowhere.mp4"]) == 1
    assert main(["bench", fake.url, "--input", video, "--param", "model=other"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "/nowhere.mp4 cannot be read" in errors[0]
    assert "has no model 'other'" in errors[1]


def test_a_table_and_four_files(
    fake: FakeServer, video: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {kind: str(tmp_path / f"out.{kind}") for kind in FLAGS}
    outputs = [part for kind, flag in FLAGS.items() for part in (flag, files[kind])]
    assert main(["bench", fake.url, "--input", video, "--concurrency", "2", *QUICK, *outputs]) == 0
    shown = capsys.readouterr()
    assert "concurrency 2" in shown.out
    assert shown.err == ""
    report = json.loads(Path(files["json"]).read_text())
    assert (report["schema_version"], report["ended"]) == (1, "complete")
    assert Path(files["csv"]).read_text().startswith("kind,load,steady,")
    requests = [json.loads(line) for line in Path(files["jsonl"]).read_text().splitlines()]
    assert sum(line["reported"] for line in requests) >= report["levels"][0]["answered"]
    assert {line["input"] for line in requests} == {"clip.mp4"}
    assert Path(files["png"]).read_bytes().startswith(b"\x89PNG")


def test_secrets_are_sent_and_not_told(
    fake: FakeServer,
    video: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.wanted = ("x-key", "s3cret")
    written = str(tmp_path / "out.json")
    url = fake.url.replace("http://", "http://user:s3cret@")
    arguments = ["bench", url, "--header", "X-Key: s3cret", "--input", video, *QUICK, "--json", written]
    monkeypatch.setattr(sys, "argv", ["foveate", *arguments])
    assert main(arguments) == 0
    assert {call.headers["authorization"] for call in fake.calls} == {"Basic dXNlcjpzM2NyZXQ="}
    assert {call.headers["x-key"] for call in fake.calls} == {"s3cret"}
    text = Path(written).read_text()
    assert "s3cret" not in text + capsys.readouterr().out
    setup = json.loads(text)["setup"]
    assert (setup["url"], setup["headers"]) == (fake.url, ["Authorization", "X-Key"])
    assert setup["command"].startswith(f"foveate bench {fake.url} --header 'X-Key: ***' --input ")


def test_what_was_measured_is_shown_whatever_becomes_of_the_files(
    fake: FakeServer, video: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def respond(number: int, call: Call) -> Response:
        if folder.exists():
            folder.rmdir()
        return answered()

    fake.respond = respond
    assert main(["bench", fake.url, "--input", video, *QUICK, "--json", str(folder / "a.json")]) == 1
    shown = capsys.readouterr()
    assert "concurrency 1" in shown.out
    assert shown.err == f"foveate bench: {folder / 'a.json'} cannot be written: No such file or directory\n"


def test_an_interrupt_has_its_own_exit_code(
    fake: FakeServer, video: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def respond(number: int, call: Call) -> Response:
        if number == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return answered()

    fake.respond = respond
    assert main(["bench", fake.url, "--input", video, "--warmup", "0", "--window", "60"]) == 130
    assert "Interrupted: this is what was measured" in capsys.readouterr().out


def without(modules: tuple[str, ...], *runs: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    lines = [
        "import sys",
        *(f"sys.modules[{module!r}] = None" for module in modules),
        "from foveate.cli.main import main",
        *(f"assert main(['bench', {URL!r}, '--frames', '1', *{arguments!r}]) == 1" for arguments in runs),
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def test_without_what_measuring_needs_one_line_says_so() -> None:
    (line,) = without(("aiohttp",), ()).stderr.splitlines()
    assert line.startswith("foveate bench: measuring needs the extra 'bench'")


def test_what_draws_or_runs_graphs_is_not_needed_to_measure() -> None:
    missing = ("torch", "onnxruntime", "av", "matplotlib")
    measured, drawn = without(missing, (), ("--picture", "out.png")).stderr.splitlines()
    assert "cannot be reached" in measured
    assert drawn.startswith("foveate bench: a picture needs the extra 'bench'")
