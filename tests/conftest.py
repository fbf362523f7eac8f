"""Fixtures that every part of the tests may use."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden numbers and clips beside the repository."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared with golden numbers and clips is not here")
    return folder


@pytest.fixture(scope="session")
def clips(shared: Path) -> Path:
    """Real and odd video files."""
    return shared / "clips"
