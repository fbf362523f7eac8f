"""Multiply-adds of one unit, counted from an ONNX graph.

Counted are convolutions and matrix products, as the papers count; additions of biases, activations and
normalisations are not.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import onnx

from foveate.errors import ExportError

_Shape = tuple[int, ...]
_Counter = Callable[[onnx.NodeProto, list[_Shape], list[_Shape]], int]


def multiply_adds(path: Path, inputs: Mapping[str, tuple[int, ...]] | None = None) -> int:
    """Count one unit of a graph.

    Args:
        path: an ONNX file whose inputs have the batch as their first axis.
        inputs: other shapes of one unit for these inputs, without the batch; what a network would cost
            on frames of another size.

    Raises:
        ExportError: the shape of a counted node cannot be inferred.
    """
    model = onnx.load(path)
    _fix_shapes(model, inputs or {})
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    graph = inferred.graph
    shapes: dict[str, _Shape | None] = {
        value.name: _shape(value)
        for group in (graph.input, graph.output, graph.value_info)
        for value in group
    }
    shapes |= {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    counters = _counters()
    total = 0
    for node in graph.node:
        if node.op_type in counters:
            before = [_known(shapes, name, node, path) for name in node.input if name]
            after = [_known(shapes, name, node, path) for name in node.output if name]
            total += counters[node.op_type](node, before, after)
        elif any(attribute.HasField("g") for attribute in node.attribute):
            raise ExportError(f"{path.name} has control flow ({node.op_type}), which is not counted")
    return total


def _fix_shapes(model: onnx.ModelProto, inputs: Mapping[str, tuple[int, ...]]) -> None:
    del model.graph.value_info[:]
    for value in model.graph.input:
        dims = value.type.tensor_type.shape.dim
        unit = inputs.get(value.name, tuple(dim.dim_value for dim in dims[1:]))
        for dim, size in zip(dims, (1, *unit), strict=True):
            dim.Clear()
            dim.dim_value = size
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")


def _shape(value: onnx.ValueInfoProto) -> _Shape | None:
    dims = value.type.tensor_type.shape.dim
    known = all(dim.HasField("dim_value") for dim in dims) and value.type.tensor_type.HasField("shape")
    return tuple(dim.dim_value for dim in dims) if known else None


def _known(shapes: Mapping[str, _Shape | None], name: str, node: onnx.NodeProto, path: Path) -> _Shape:
    shape = shapes.get(name)
    if shape is None:
        raise ExportError(f"the shape of {name} at {node.op_type} in {path.name} cannot be inferred")
    return shape


def _counters() -> dict[str, _Counter]:
    return {
        "Conv": _convolution,
        "ConvTranspose": lambda _, before, __: math.prod(before[0]) * math.prod(before[1][1:]),
        "Gemm": _general_product,
        "MatMul": lambda _, before, after: math.prod(after[0]) * before[0][-1],
        "Einsum": _einsum,
        "GRU": lambda node, before, _: _recurrent(before),
        "LSTM": lambda node, before, _: _recurrent(before),
        "RNN": lambda node, before, _: _recurrent(before),
    }


def _convolution(node: onnx.NodeProto, before: list[_Shape], after: list[_Shape]) -> int:
    # A kernel is (outputs, inputs of its group, height, width), so groups are in its shape.
    return math.prod(after[0]) * math.prod(before[1][1:])


def _general_product(node: onnx.NodeProto, before: list[_Shape], after: list[_Shape]) -> int:
    transposed = any(a.name == "transA" and a.i for a in node.attribute)
    return math.prod(after[0]) * before[0][0 if transposed else 1]


def _einsum(node: onnx.NodeProto, before: list[_Shape], after: list[_Shape]) -> int:
    """Every letter of the equation is a loop: their product, for the two factors that the family uses."""
    equation = next(a.s.decode() for a in node.attribute if a.name == "equation").replace(" ", "")
    terms = equation.split("->")[0].split(",")
    if "." in equation or len(terms) != 2:
        raise ExportError(f"an Einsum of the form {equation} is not counted")
    sizes = {
        letter: size
        for term, shape in zip(terms, before, strict=True)
        for letter, size in zip(term, shape, strict=True)
    }
    return math.prod(sizes.values())


def _recurrent(before: list[_Shape]) -> int:
    """Input (steps, batch, inputs), weights (directions, gates * hidden, inputs) and (..., hidden)."""
    steps, batch = before[0][:2]
    return steps * batch * (math.prod(before[1]) + math.prod(before[2]))
