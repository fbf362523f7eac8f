from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

from foveate.errors import BundleError, ConfigError
from foveate.runtimes.onnx_session import Provider, open_session, raw_session
from tests.runtimes.made import DOUBLE, write_double

CPU: Provider = ("CPUExecutionProvider", {})


def test_a_graph_runs(tmp_path: Path) -> None:
    session = open_session(write_double(tmp_path / "double.onnx"), DOUBLE, [CPU])
    x = np.arange(3, dtype=np.float32)[None]
    np.testing.assert_array_equal(session.run({"x": x})[1], 3 * x)


def test_a_provider_that_was_left_out_silently_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fallen:
        def __init__(self, path: Path, options: Any, providers: list[Provider], enable_fallback: int) -> None:
            assert providers[0][0] == "CUDAExecutionProvider"

        def get_providers(self) -> list[str]:
            return ["CPUExecutionProvider"]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Fallen)
    with pytest.raises(ConfigError, match="could not load CUDAExecutionProvider and went on with CPU"):
        raw_session(tmp_path / "any", [("CUDAExecutionProvider", {}), CPU])


def test_a_file_that_is_no_graph_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a graph")
    with pytest.raises(BundleError, match=r"broken\.onnx cannot be loaded") as caught:
        open_session(path, DOUBLE, [CPU])
    assert "\n" not in str(caught.value)


def test_a_graph_of_other_inputs_is_refused(tmp_path: Path) -> None:
    other = DOUBLE.model_copy(update={"inputs": (DOUBLE.inputs[0].model_copy(update={"name": "y"}),)})
    with pytest.raises(BundleError, match="not the manifest's"):
        open_session(write_double(tmp_path / "double.onnx"), other, [CPU])


def test_a_batch_that_fails_is_not_run_by_another_provider(tmp_path: Path) -> None:
    session = raw_session(write_double(tmp_path / "double.onnx"), [CPU])
    inner, opened = session._sess, list[object]()

    class Fails:
        def run(self, *arguments: Any) -> Any:
            raise EPFail("the GPU has gone")

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    session._sess = Fails()
    session.set_providers = opened.append
    with pytest.raises(EPFail, match="the GPU has gone"):
        session.run(None, {"x": np.ones((1, 3), np.float32)})
    assert opened == []
