import subprocess
import sys

import pytest

from foveate import __version__
from foveate.cli import main as cli


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
