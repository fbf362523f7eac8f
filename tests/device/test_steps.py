from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from foveate.device.steps import Step, dropped_after, reads_of, steps_of, tensor_of
from foveate.errors import BundleError

CPU = torch.device("cpu")


def model(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3]) for n in "xy")
    return helper.make_model(helper.make_graph(list(nodes), "g", [x], [y]))


def test_shapes_are_for_the_host() -> None:
    three = torch.tensor([3])
    steps = steps_of(
        Path("g.onnx"),
        model(
            helper.make_node("Shape", ["x"], ["batch"], start=0, end=1),
            helper.make_node("Concat", ["batch", "three"], ["shape"], axis=0),
            helper.make_node("Clip", ["x", "", "three"], ["clipped"]),
            helper.make_node("Expand", ["clipped", "shape"], ["y"]),
        ),
        {"three": three},
        CPU,
    )
    assert [(s.op, s.host) for s in steps] == [
        ("Shape", True),
        ("Concat", True),
        ("Clip", False),
        ("Expand", False),
    ]
    assert steps[0].attributes == {"start": 0, "end": 1, "device": CPU}
    assert steps[2].inputs == ("x", None, "three")


def test_what_is_given_a_shape_is_not_for_the_host() -> None:
    steps = steps_of(
        Path("g.onnx"),
        model(
            helper.make_node("Shape", ["x"], ["shape"]),
            helper.make_node("Expand", ["three", "shape"], ["grown"]),
            helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
            helper.make_node("Add", ["grown", "zeros"], ["y"]),
        ),
        {"three": torch.tensor([3.0])},
        CPU,
    )
    assert [s.host for s in steps] == [True, False, False, False]


def test_a_shape_that_depends_on_values_is_refused() -> None:
    nodes = (
        helper.make_node("Cast", ["x"], ["s"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    )
    with pytest.raises(BundleError, match="the shape of Reshape depends on values"):
        steps_of(Path("g.onnx"), model(*nodes), {}, CPU)


def test_values_are_dropped_after_their_last_reader() -> None:
    steps = [
        Step("Relu", ("x",), ("a",), {}, False),
        Step("Add", ("a", "x"), ("y",), {}, False),
        Step("Add", ("y", "y"), ("z",), {}, False),
    ]
    assert [sorted(names) for names in dropped_after(steps, ["y", "z"])] == [[], ["a", "x"], []]
    assert dropped_after(steps, ["z"])[2] == ("y",)


def test_reads_are_those_of_steps_and_of_whoever_asked() -> None:
    steps = [
        Step("Clip", ("x", None, "high"), ("a",), {}, False),
        Step("Add", ("a", "a"), ("y",), {}, False),
    ]
    assert reads_of(steps, ["y", "a"]) == {"x": 1, "high": 1, "a": 3, "y": 1}


def test_constants_of_any_type() -> None:
    array = np.array([[1.5, -2.0]], np.float16)
    assert torch.equal(tensor_of(numpy_helper.from_array(array)), torch.from_numpy(array))
    brain = helper.make_tensor("b", TensorProto.BFLOAT16, [2], [1.5, -2.0])
    assert torch.equal(tensor_of(brain), torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
