"""What the tests of the device path share."""

from typing import Any

import pytest
import torch
from numpy.typing import NDArray

from tests.device.harness import slab


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def memory() -> NDArray[Any]:
    """The frames of every page; nobody writes to them."""
    return slab()
