from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.engine.parts import graph, out, port

DOUBLE = Graph.model_validate(
    graph(
        "double.onnx",
        [port("x", "glance", [3], "x")],
        [out("twice", "feature", [3]), out("plus", "feature", [3])],
        3,
    )
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A graph of one input and two outputs, declared in the other order than the manifest's."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["twice"]),
        helper.make_node("Add", ["twice", "x"], ["plus"]),
    ]
    tensors = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3])
        for name in ("x", "twice", "plus")
    }
    made = helper.make_graph(nodes, "double", [tensors["x"]], [tensors["plus"], tensors["twice"]])
    opset = helper.make_opsetid("", 20)
    path = tmp_path / "double.onnx"
    onnx.save(helper.make_model(made, opset_imports=[opset], ir_version=10), path)
    return path


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
    info = OnnxCpuRuntime("nothing better here").info
    assert "CPUExecutionProvider" in info.name
    assert (info.device, info.reason) == ("cpu", "nothing better here")


def test_a_file_that_is_no_graph_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a graph")
    with pytest.raises(BundleError, match=r"broken\.onnx cannot be loaded") as caught:
        OnnxCpuRuntime().load(path, DOUBLE)
    assert "\n" not in str(caught.value)


def test_a_graph_of_other_inputs_is_refused(model: Path) -> None:
    other = DOUBLE.model_copy(update={"inputs": (DOUBLE.inputs[0].model_copy(update={"name": "y"}),)})
    with pytest.raises(BundleError, match="not the manifest's"):
        OnnxCpuRuntime().load(model, other)
