from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from export.count import multiply_adds
from foveate.errors import ExportError


def save(
    folder: Path, nodes: list[onnx.NodeProto], shape: list[int | str], weights: dict[str, tuple[int, ...]]
) -> Path:
    tensors = [onnx.numpy_helper.from_array(np.zeros(s, np.float32), name) for name, s in weights.items()]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        tensors,
    )
    path = folder / "graph.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)
    return path


@pytest.mark.parametrize(
    ("node", "shape", "weights", "count"),
    [
        (
            helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1]),
            [3, 8, 6],
            {"w": (4, 3, 3, 3)},
            4 * 48 * 27,
        ),
        (
            helper.make_node("Conv", ["x", "w"], ["y"], group=4, strides=[2, 2]),
            [4, 9, 9],
            {"w": (4, 1, 3, 3)},
            4 * 16 * 9,
        ),
        (helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1), [7], {"w": (5, 7), "b": (5,)}, 35),
        (helper.make_node("Gemm", ["x", "w"], ["y"]), [7], {"w": (7, 5)}, 35),
        (helper.make_node("MatMul", ["x", "w"], ["y"]), [6, 7], {"w": (7, 5)}, 6 * 35),
        (
            helper.make_node("Einsum", ["x", "w"], ["y"], equation="bik,kj->bij"),
            [6, 7],
            {"w": (7, 5)},
            6 * 35,
        ),
        (helper.make_node("Relu", ["x"], ["y"]), [6], {}, 0),
    ],
    ids=["conv", "depthwise", "gemm", "gemm transposed", "matmul", "einsum", "relu"],
)
def test_one_node(
    tmp_path: Path, node: onnx.NodeProto, shape: list[int], weights: dict[str, tuple[int, ...]], count: int
) -> None:
    assert multiply_adds(save(tmp_path, [node], ["n", *shape], weights)) == count


def test_a_recurrence_counts_every_step(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node("GRU", ["t", "w", "r"], ["y"], hidden_size=4),
    ]
    path = save(tmp_path, nodes, ["n", 5, 3], {"w": (1, 12, 3), "r": (1, 12, 4)})
    assert multiply_adds(path) == 5 * 12 * (3 + 4)


def test_another_frame_size(tmp_path: Path) -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    path = save(tmp_path, [node], ["n", 3, 8, 8], {"w": (2, 3, 1, 1)})
    assert multiply_adds(path, {"x": (3, 16, 16)}) == 4 * multiply_adds(path)


def test_control_flow_is_refused(tmp_path: Path) -> None:
    out = [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])]
    constant = helper.make_node(
        "Constant", [], ["z"], value=helper.make_tensor("c", TensorProto.FLOAT, [1], [0.0])
    )
    branch = helper.make_graph([constant], "branch", [], out)
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0),
        helper.make_node("Cast", ["s"], ["c"], to=TensorProto.BOOL),
        helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch),
    ]
    with pytest.raises(ExportError, match="control flow"):
        multiply_adds(save(tmp_path, nodes, ["n", 1], {}))
