import argparse
import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.cli import bundle
from foveate.errors import BundleError


def run(folder: Path) -> int:
    parser = argparse.ArgumentParser()
    bundle.configure(parser)
    return bundle.run(parser.parse_args(["verify", str(folder)]))


def test_a_good_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(untrained_bundle()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].endswith("33 checks, all well")
    assert all(line.startswith("ok    ") for line in lines[:-1])


def test_a_bad_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(untrained_bundle(), tmp_path / "b"))
    (folder / "surplus").touch()
    assert run(folder) == 1
    printed = capsys.readouterr()
    assert printed.err == "WRONG no surplus files: not in the manifest: surplus\n"
    assert printed.out.splitlines()[-1].endswith("33 checks, 1 wrong")


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json is missing"):
        run(tmp_path)
