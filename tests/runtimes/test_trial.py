from pathlib import Path

import numpy as np
import pytest

from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.trial import Tried, reason_of, try_runtime
from tests.runtimes.made import DOUBLE, write_double
from tests.runtimes.picky import TRIAL, Picky


def test_a_runtime_that_works_passes_the_trial() -> None:
    try_runtime(OnnxCpuRuntime())


def outputs(units: int) -> list[Tensor]:
    return [np.zeros((units, *output.shape), np.float32) for output in TRIAL.outputs]


def test_outputs_of_other_shapes_do_not() -> None:
    try_runtime(Picky("why", (), trial=outputs(1)))
    with pytest.raises(ConfigError, match=r"classifier_step\.onnx is not what the graph gives"):
        try_runtime(Picky("why", (), trial=outputs(2)))


def test_each_graph_runs_as_it_is_loaded(tmp_path: Path) -> None:
    path = write_double(tmp_path / "double.onnx")
    tried = Tried(OnnxCpuRuntime("why"))
    assert tried.info.reason == "why"
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(tried.load(path, DOUBLE).run({"x": x})[0], 2 * x)
    with pytest.raises(RuntimeError, match="no kernel image"):
        Picky("why", (), loads=True).load(path, DOUBLE).run({"x": x})
    with pytest.raises(BundleError, match=r"loaded and does not run: RuntimeError: no kernel image$"):
        Tried(Picky("why", (), loads=True)).load(path, DOUBLE)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BundleError("it is broken"), "it is broken"),
        (ImportError("libx.so: cannot open\nmore"), "libx.so: cannot open"),
        (OSError(), "OSError"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError("\n\n  twice \n"), "ValueError: twice"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_reasons_are_one_line(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
