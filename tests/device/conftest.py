"""What the tests of the device path share."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy.typing import NDArray

from tests.device.harness import slab
from tests.device.kernels.kinds import Compile


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def memory() -> NDArray[Any]:
    """The frames of every page; nobody writes to them."""
    return slab()


@pytest.fixture
def compile_with(tmp_path: Path) -> Compile:
    """Runs a program that compiles kernels, where Triton does not interpret them."""
    pytest.importorskip("triton")
    environment = os.environ | {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}

    def run(program: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr

    return run
