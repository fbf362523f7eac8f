"""A bundle of this folder's own, to be spoilt."""

import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundle that comes with the package."""
    return Path(shutil.copytree(untrained_bundle(), tmp_path / "bundle"))
