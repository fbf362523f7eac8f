from pathlib import Path

import pytest

from foveate.runtimes.gpu import Gpu, NoGpuError, find_gpu, gpu_memory
from tests.runtimes.made import Driver

FACTS = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23\nGCC version: 12.3.0 (x)\n"


def test_a_gpu_is_told_by_its_driver(tmp_path: Path) -> None:
    facts = tmp_path / "version"
    facts.write_text(FACTS)
    assert find_gpu(0, Driver(), facts) == Gpu(0, "Some GPU", "9.0", "580.95.05", 80 << 30)


def test_without_the_kernels_word_the_driver_is_known_by_its_cuda(tmp_path: Path) -> None:
    assert find_gpu(0, Driver(), tmp_path / "nothing").driver == "CUDA 13.1"


@pytest.mark.parametrize(
    ("index", "driver", "reason"),
    [
        (2, Driver(count=2), "there is no GPU 2: the driver knows 2"),
        (0, Driver(broken=100), "cuInit says something is amiss"),
    ],
)
def test_why_there_is_none(index: int, driver: Driver, reason: str) -> None:
    with pytest.raises(NoGpuError, match=reason):
        find_gpu(index, driver)


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveate.runtimes.gpu._DRIVER_LIBRARY", "libthere-is-none.so.1")
    with pytest.raises(NoGpuError, match=r"no CUDA device: the driver's libthere-is-none\.so\.1 is not here"):
        find_gpu(0)
    assert gpu_memory(0) is None
