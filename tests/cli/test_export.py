import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from foveate.cli import engines, export


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    export.configure(parser)
    return parser.parse_args(["file", "--system", "s", "--labels", "l", "--out", "o", *arguments])


def test_defaults() -> None:
    args = parse()
    assert (args.patch, args.frames, args.precision, args.version, args.force) == (
        None,
        None,
        "fp32",
        "1",
        False,
    )


def test_views_are_one_or_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert (parse().views, parse("--views", "3").views) == (None, 3)
    with pytest.raises(SystemExit):
        parse("--views", "2")
    assert "--views" in capsys.readouterr().err


def test_without_what_exporting_needs_one_line_says_so() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from argparse import Namespace\n"
        "from foveate.cli import export\n"
        "from foveate.errors import ConfigError\n"
        "try:\n"
        "    export.run(Namespace())\n"
        "except ConfigError as error:\n"
        "    print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.startswith("exporting needs the extras 'export' and 'cpu': ")
    assert result.stdout.count("\n") == 1


def test_engines_are_built_after_the_export_and_asked_for_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[object] = []

    def exported(args: argparse.Namespace) -> int:
        done.append("export")
        return 0

    def built(args: argparse.Namespace, folder: Path) -> int:
        done.append(folder)
        return 0

    monkeypatch.setattr("export.command.run", exported)
    monkeypatch.setattr(engines, "store_of", lambda args: done.append("store"))
    monkeypatch.setattr(engines, "build", built)
    assert export.run(parse()) == 0
    assert export.run(parse("--tensorrt", "--rtx")) == 0
    assert done == ["export", "store", "export", Path("o")]


def test_an_unknown_precision_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--precision", "fp8")
    assert "fp8" in capsys.readouterr().err
