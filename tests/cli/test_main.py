import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foveate import __version__
from foveate.bundle.load import untrained_bundle
from foveate.cli import main as cli

SUPPRESSES = ("ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI", "PYTEST_CURRENT_TEST")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "foveate.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_version() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout.strip()) == (0, f"foveate {__version__}")


def test_an_unknown_command_is_misuse() -> None:
    result = run("dance")
    assert result.returncode == 2
    assert "invalid choice: 'dance'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bundle", "verify", "/nowhere"], "/nowhere"),
        (["bundle", "verify", "x" * 300], "xxx: File name too long"),
        (["serve", "--pages", "999999999999", "--runtime", "cpu"], "no memory for 999999999999 pages"),
        (["serve", "--bundle", "/nowhere"], "/nowhere"),
        (
            ["export", "/nowhere.pt", "--system", "adafocus", "--patch", "96", "--labels", "l", "--out", "o"],
            "/nowhere.pt",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"foveate {arguments[0]}: ")
    assert message in result.stderr


def test_onnxruntime_does_not_report_to_its_maker(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SUPPRESSES}
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), str(tmp_path))
    command = [sys.executable, "-m", "foveate.cli.main", "bundle", "verify", str(untrained_bundle())]
    subprocess.run(command, env={**environment, **homes}, capture_output=True, timeout=60, check=True)
    # It would leave its id of the device and a queue of events.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["runtimes", "--runtime", "cpu"], ["bundle", "verify", str(untrained_bundle())]]
)
@pytest.mark.parametrize("merged", [False, True], ids=["stdout", "stdout and stderr"])
def test_a_reader_that_leaves_ends_it_quietly(arguments: list[str], merged: bool) -> None:
    # Unbuffered, argparse itself meets the broken pipe, and says nothing of it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "foveate.cli.main", *arguments],
            stdout=writing,
            stderr=writing if merged else subprocess.PIPE,
            env=environment,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert result.returncode == 141
    assert not result.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["runtimes", "--runtime", "cpu"]])
@pytest.mark.parametrize("merged", [False, True], ids=["stdout", "stdout and stderr"])
def test_output_to_a_full_disk_is_said_in_one_line(arguments: list[str], merged: bool) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "foveate.cli.main", *arguments],
            stdout=full,
            stderr=full if merged else subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    if not merged:
        assert result.stderr == b"foveate: the output cannot be written: No space left on device\n"


def test_an_error_that_is_of_no_file_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(arguments: object) -> int:
        raise OSError(errno.EBADF, "a defect")

    monkeypatch.setattr(cli, "_run", run)
    with pytest.raises(OSError, match="a defect"):
        cli.main([])


def test_another_broken_pipe_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(arguments: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(cli, "_run", run)
    with pytest.raises(BrokenPipeError):
        cli.main([])


@pytest.mark.parametrize("command", cli._COMMANDS)
def test_every_command_helps_without_loading_what_it_runs(command: str) -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['onnxruntime'] = sys.modules['av'] = None\n"
        "from foveate.cli.main import main\n"
        f"main(['{command}', '--help'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "usage: foveate" in result.stdout
