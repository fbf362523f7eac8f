"""What the test processes of one run make once, and share."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

Make = Callable[[Path, Callable[[str], None]], object]
"""Fills a folder, and says lines of what it does."""


def run_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all test processes of this run have in common."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder


class Once:
    """Makes folders, each by whichever test process is first to ask for it.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def made(self, name: str, make: Make) -> tuple[Path, tuple[str, ...]]:
        """A folder, and what was said as it was made."""
        target, said = self._folder / name, self._folder / f"{name}.json"
        with FileLock(self._folder / f"{name}.lock"):
            if not said.is_file():
                # A process that failed may have left a part of it.
                shutil.rmtree(target, ignore_errors=True)
                target.mkdir()
                lines: list[str] = []
                make(target, lines.append)
                said.write_text(json.dumps(lines))
        return target, tuple(json.loads(said.read_text()))
