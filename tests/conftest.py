"""Fixtures that every part of the tests may use."""

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from foveate.tensorrt.flavour import Flavour, FlavourName, flavour
from tests.device.kernels.kinds import Interpreted

if TYPE_CHECKING:
    from tests.export.shelf import Shelf

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


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> "Shelf":
    """Bundles of small networks, which the test processes of one run share."""
    # Importing it imports torch, which most tests do without.
    from tests.export.once import run_folder
    from tests.export.shelf import Shelf

    return Shelf(run_folder(tmp_path_factory, "shelf"))


@pytest.fixture(scope="session")
def rtx() -> Flavour:
    """TensorRT-RTX, which parses and compiles without a GPU."""
    if importlib.util.find_spec("tensorrt_rtx_bindings") is None:
        pytest.skip("TensorRT-RTX (the extra 'tensorrt-rtx') is not installed")
    return flavour(FlavourName.RTX)


@pytest.fixture(scope="module")
def interpreted() -> Iterator[Interpreted]:
    """Kernels as Triton's interpreter runs them, until the module's tests are done."""
    pytest.importorskip("triton")

    def load(name: str) -> ModuleType:
        # The others use parts of these.
        _again("epilogue")
        _again("shift")
        return _again(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        yield load
    for name in ("epilogue", "shift", "depthwise", "pointwise", "look"):
        _again(name)


def _again(name: str) -> ModuleType:
    return importlib.reload(importlib.import_module(f"foveate.device.kernels.{name}"))
