from pathlib import Path

import pytest

from tests.evaluation.made import data_set

LENGTHS = (20, 5, 40, 12)
LABELS = (0, 1, 7, 0)


@pytest.fixture(scope="session")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of four folders of frames, some longer than the embedded bundle's pool and some shorter."""
    return data_set(tmp_path_factory.mktemp("data set"), LENGTHS, LABELS)
