"""Videos made once for all tests of decoding."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.video.kinds import KINDS
from tests.video.made import encode


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Encodes a kind of video the first time it is asked for."""
    folder = tmp_path_factory.mktemp("videos")

    def make(kind: str) -> Path:
        path = folder / kind
        return path if path.exists() else encode(path, **KINDS[kind])

    return make
