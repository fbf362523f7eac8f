from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from foveate.runtimes.base import PassedOver
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime, make
from foveate.runtimes.wish import Wish
from tests.runtimes.made import DOUBLE, write_double


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_double(tmp_path / "double.onnx")


def test_outputs_come_in_the_manifests_order(model: Path) -> None:
    loaded = OnnxCpuRuntime().load(model, DOUBLE)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    twice, plus = loaded.run({"x": x})
    np.testing.assert_array_equal(twice, 2 * x)
    np.testing.assert_array_equal(plus, 3 * x)


def test_one_session_serves_several_lanes(model: Path) -> None:
    loaded = OnnxCpuRuntime().load(model, DOUBLE)

    def run(number: int) -> bool:
        x = np.full((number % 5 + 1, 3), number, np.float32)
        return bool((loaded.run({"x": x})[0] == 2 * x).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(200)))


def test_it_says_what_it_is() -> None:
    passed = (PassedOver("cuda", "no CUDA device"),)
    info = make(Wish(), "nothing better here", passed).info
    assert "CPUExecutionProvider" in info.name
    assert (info.device, info.reason, info.passed_over) == ("cpu", "nothing better here", passed)
