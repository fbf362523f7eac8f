"""Each operator alone, as torch has it here and as ONNX Runtime has it."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from foveate.bundle.manifest import Graph
from foveate.device.ops import MADE_HERE, OPS
from foveate.device.torch_graph import TorchGraph

Array = NDArray[Any]
RNG = np.random.default_rng(1)
X = RNG.standard_normal((2, 6, 8, 8)).astype(np.float32)
ROWS = RNG.standard_normal((2, 6)).astype(np.float32)
KERNEL = RNG.standard_normal((4, 6, 3, 3)).astype(np.float32)
CUBE = RNG.standard_normal((2, 3, 4, 5, 5)).astype(np.float32)
CUBES = RNG.standard_normal((3, 1, 3, 3, 3)).astype(np.float32)
TIES = np.array([[1, 3, 3, 0, 3, 1], [2, 2, 2, 2, 2, 2]], np.float32)
PLACES = np.array([[5, 0, 1], [-1, 2, 2]], np.int64)


def number(value: float) -> Array:
    return np.array(value, np.float32)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


CASES: list[tuple[str, list[Array], dict[str, Any]]] = [
    ("Add", [X, RNG.standard_normal((6, 1, 1)).astype(np.float32)], {}),
    ("ArgMax", [TIES], {"axis": -1, "keepdims": 0}),
    ("Cast", [PLACES], {"to": TensorProto.FLOAT}),
    ("Cast", [ROWS], {"to": TensorProto.FLOAT16}),
    ("Clip", [X, number(0), number(0.5)], {}),
    ("Clip", [X, number(0.25)], {}),
    ("Concat", [X, X], {"axis": 1}),
    ("Conv", [X, KERNEL, np.ones(4, np.float32)], {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ("Conv", [X, KERNEL], {"pads": [0, 1, 2, 1]}),
    ("Conv", [X, KERNEL[:, :3]], {"group": 2, "dilations": [2, 2]}),
    ("Conv", [CUBE, CUBES], {"group": 3, "pads": [1, 1, 1, 1, 1, 1]}),
    ("Div", [X, X + 9], {}),
    ("Div", [PLACES, ints(2, -2, 3)], {}),
    ("Expand", [ROWS, ints(3, 1, 6)], {}),
    ("Expand", [ROWS[:, None], ints(2, 4, 1)], {}),
    ("Floor", [X], {}),
    ("Gather", [X, np.array(-2, np.int64)], {"axis": 1}),
    ("Gather", [ROWS, PLACES], {"axis": 1}),
    ("GatherElements", [ROWS, abs(PLACES)], {"axis": 1}),
    ("Gemm", [ROWS, RNG.standard_normal((3, 6)).astype(np.float32), np.ones(3, np.float32)], {"transB": 1}),
    ("Gemm", [ROWS, ROWS, np.ones(6, np.float32)], {"transA": 1, "alpha": 0.5, "beta": 2.0}),
    ("Identity", [X], {}),
    ("Less", [X, number(0)], {}),
    ("Log", [abs(X) + 1], {}),
    ("MatMul", [X, X], {}),
    ("Max", [X, -X, number(0.1)], {}),
    ("MaxPool", [X], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ("MaxPool", [X], {"kernel_shape": [2, 2], "pads": [0, 0, 1, 1], "strides": [2, 2]}),
    ("Min", [X, -X], {}),
    ("Mul", [X, X], {}),
    ("Neg", [X], {}),
    ("Pad", [X, ints(0, 1, 0, 2, 0, 0, 3, 0)], {"mode": "constant"}),
    ("Pad", [X, ints(1, -1), number(7), ints(2)], {"mode": "constant"}),
    ("ReduceMax", [X, ints(1)], {"keepdims": 0}),
    ("ReduceMean", [X, ints(-1, 2)], {"keepdims": 1}),
    ("ReduceSum", [X], {"keepdims": 0}),
    ("Relu", [X], {}),
    ("Reshape", [X, ints(0, -1, 16)], {"allowzero": 0}),
    ("Reshape", [X, ints(12, 64)], {"allowzero": 1}),
    ("Sigmoid", [X], {}),
    ("Slice", [X, ints(1, -3), ints(5, 99), ints(1, 3), ints(2, 1)], {}),
    ("Slice", [X, ints(0, 2), ints(1, -1)], {}),
    ("Softmax", [X], {"axis": 1}),
    ("Split", [X], {"axis": 1, "num_outputs": 3}),
    ("Split", [X, ints(1, 5)], {"axis": 1}),
    ("Squeeze", [X[:, :1], ints(1)], {}),
    ("Sub", [X, X[:1]], {}),
    ("Tanh", [X], {}),
    ("TopK", [TIES, ints(4)], {"axis": 1}),
    ("TopK", [TIES, ints(2)], {"axis": 1, "largest": 0}),
    ("Transpose", [CUBE], {"perm": [0, 2, 1, 3, 4]}),
    ("Unsqueeze", [ROWS, ints(0, -1)], {}),
]


def model_of(op: str, arrays: list[Array], attributes: dict[str, Any], path: Path) -> Graph:
    """A graph of one node whose first input is given at each run and whose others are constants."""
    outputs = {"Split": 3 if "num_outputs" in attributes else 2, "TopK": 2}.get(op, 1)
    names, results = [f"i{n}" for n in range(len(arrays))], [f"o{n}" for n in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    kind = helper.np_dtype_to_tensor_dtype(arrays[0].dtype)
    inputs = [helper.make_tensor_value_info("i0", kind, arrays[0].shape)]
    constants = [numpy_helper.from_array(a, n) for a, n in zip(arrays[1:], names[1:], strict=True)]
    made = helper.make_graph([node], op, inputs, [helper.make_empty_tensor_value_info(o) for o in results])
    made.initializer.extend(constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    onnx.save(model, path)
    types = {TensorProto.FLOAT: "float32", TensorProto.FLOAT16: "float16", TensorProto.INT64: "int64"}
    ports = [
        {
            "name": o.name,
            "sink": "feature",
            "shape": [],
            "dtype": types.get(o.type.tensor_type.elem_type, "int64"),
        }
        for o in model.graph.output
    ]
    given = [{"name": "i0", "source": "glance", "shape": [], "dtype": types[kind]}]
    return Graph.model_validate({"file": path.name, "inputs": given, "outputs": ports, "multiply_adds": 0})


@pytest.mark.parametrize(("op", "arrays", "attributes"), CASES)
def test_torch_gives_what_onnx_runtime_gives(
    op: str, arrays: list[Array], attributes: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "one.onnx"
    graph = model_of(op, arrays, attributes, path)
    wanted = onnxruntime.InferenceSession(path).run(None, {"i0": arrays[0]})
    found = TorchGraph(path, graph, torch.device("cpu")).run({"i0": torch.from_numpy(arrays[0])})
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one.numpy(), other, atol=1e-5)


def test_every_operator_is_compared() -> None:
    # Those that make shapes are in test_torch_graph.py.
    # What is none of ONNX's is in test_temporal_shift.py.
    assert OPS.keys() - {case[0] for case in CASES} == {"ConstantOfShape", "Shape"} | MADE_HERE
