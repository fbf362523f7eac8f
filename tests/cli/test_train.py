import argparse
import subprocess
import sys
from pathlib import Path

from foveate.cli import train


def test_the_configuration_is_all_it_takes() -> None:
    parser = argparse.ArgumentParser()
    train.configure(parser)
    args = parser.parse_args(["run.toml"])
    assert (args.config, args.quiet) == ("run.toml", False)


def test_a_configuration_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "foveate.cli.main", "train", str(tmp_path / "run.toml")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "run.toml cannot be read" in result.stderr


def test_without_what_training_needs_one_line_says_so() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from argparse import Namespace\n"
        "from foveate.cli import train\n"
        "from foveate.errors import ConfigError\n"
        "try:\n"
        "    train.run(Namespace())\n"
        "except ConfigError as error:\n"
        "    print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.startswith("training needs the extra 'train': ")
    assert result.stdout.count("\n") == 1
