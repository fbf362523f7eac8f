import argparse
import subprocess
import sys

import pytest

from foveate.cli import golden


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    golden.configure(parser)
    return parser.parse_args(arguments)


def test_one_set_several_or_all() -> None:
    assert parse("folder").set is None
    assert parse("folder", "--set", "a", "--set", "b").set == ["a", "b"]


def test_a_folder_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse()
    assert "DIR" in capsys.readouterr().err


def test_without_what_comparing_needs_one_line_says_so() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from foveate.cli.main import main\n"
        "sys.exit(main(['golden', '.']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith("foveate golden: comparing needs the extras 'export' and 'cpu': ")
    assert result.stderr.count("\n") == 1


def test_a_folder_without_sets() -> None:
    command = [sys.executable, "-m", "foveate.cli.main", "golden", "/nowhere"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "/nowhere holds no golden sets" in result.stderr
