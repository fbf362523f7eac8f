"""The ONNX operators that a bundle's graphs are made of, in torch.

The set is what the exporter gives for the family's networks; a graph with another is refused when it is
loaded. Shapes and axes are constants of the graph or come from ``Shape``, and are kept on the host, so that
nothing waits for the device and everything can be captured.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from foveate.device.convolution import convolve, symmetric
from foveate.device.layout import concatenate, pad
from foveate.device.temporal_shift import temporal_shift

Attributes = Mapping[str, Any]
Op = Callable[[Sequence[Any], Attributes], Any]
"""Given inputs (None where left out; lists of numbers for ``ON_HOST``) and attributes, gives the outputs."""

TYPES = {
    1: torch.float32,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}
"""ONNX's numbers of element types."""

ON_HOST: dict[str, tuple[int, ...]] = {
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "Pad": (1, 2, 3),
    "ReduceMax": (1,),
    "ReduceMean": (1,),
    "ReduceSum": (1,),
    "Reshape": (1,),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "TopK": (1,),
    "Unsqueeze": (1,),
}
"""Inputs that an operator takes as numbers."""

MADE_HERE = frozenset({"TemporalShift"})
"""Operators that are none of ONNX's: several of a file's become one of these."""


def _max_pool(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    kernel = attributes["kernel_shape"]
    value, pads = symmetric(inputs[0], attributes.get("pads", [0] * 2 * len(kernel)), float("-inf"))
    pool = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}[len(kernel)]
    ones = [1] * len(kernel)
    strides, dilations = attributes.get("strides", ones), attributes.get("dilations", ones)
    result: Tensor = pool(value, kernel, strides, pads, dilations, bool(attributes.get("ceil_mode", 0)))
    return result


def _gemm(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    a, b, c = (*inputs, None)[:3]
    a = a.T if attributes.get("transA", 0) else a
    alpha, beta = attributes.get("alpha", 1.0), attributes.get("beta", 1.0)
    if attributes.get("transB", 0) and alpha == beta == 1.0:
        return functional.linear(a, b, c)
    product: Tensor = alpha * (a @ (b.T if attributes.get("transB", 0) else b))
    return product if c is None else product + beta * c


def _reshape(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, shape = inputs
    if not attributes.get("allowzero", 0):
        shape = [value.shape[i] if side == 0 else side for i, side in enumerate(shape)]
    result: Tensor = value.reshape(shape)
    return result


def _expand(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, shape = inputs
    sides = [1] * (value.ndim - len(shape)) + shape
    # Sides of one take the value's own, as broadcasting goes both ways.
    result: Tensor = value.expand(
        [-1 if side == 1 and i >= len(sides) - value.ndim else side for i, side in enumerate(sides)]
    )
    return result


def _slice(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, starts, ends, axes, steps = (*inputs, None, None)[:5]
    axes = axes or range(len(starts))
    index: list[slice] = [slice(None)] * value.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps or [1] * len(starts), strict=True):
        index[axis] = slice(start, end, step)
    result: Tensor = value[tuple(index)]
    return result


def _pad(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, pads, fill, axes = (*inputs, None, None)[:4]
    axes = [axis % value.ndim for axis in axes] if axes else list(range(value.ndim))
    before, after = [0] * value.ndim, [0] * value.ndim
    for place, axis in enumerate(axes):
        before[axis], after[axis] = pads[place], pads[place + len(axes)]
    return pad(value, before, after, fill[0] if fill else 0.0)


def _gather(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, places = inputs
    axis = attributes.get("axis", 0) % value.ndim
    places = torch.where(places < 0, places + value.shape[axis], places)
    shape = (*value.shape[:axis], *places.shape, *value.shape[axis + 1 :])
    result: Tensor = value.index_select(axis, places.reshape(-1)).reshape(shape)
    return result


def _split(inputs: Sequence[Any], attributes: Attributes) -> Sequence[Tensor]:
    value, sizes = (*inputs, None)[:2]
    axis = attributes.get("axis", 0)
    if sizes is None:
        sizes = -(-value.shape[axis] // attributes["num_outputs"])
    parts: Sequence[Tensor] = value.split(sizes, axis)
    return parts


def _axes(operation: Callable[..., Any]) -> Op:
    def reduce(inputs: Sequence[Any], attributes: Attributes) -> Any:
        value, axes = (*inputs, None)[:2]
        if not axes and attributes.get("noop_with_empty_axes", 0):
            return value
        return operation(value, axes or list(range(value.ndim)), bool(attributes.get("keepdims", 1)))

    return reduce


def _squeeze(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, axes = (*inputs, None)[:2]
    result: Tensor = value.squeeze() if axes is None else value.squeeze(tuple(axes))
    return result


def _unsqueeze(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, axes = inputs
    for axis in sorted(axis % (value.ndim + len(axes)) for axis in axes):
        value = value.unsqueeze(axis)
    result: Tensor = value
    return result


def _top_k(inputs: Sequence[Any], attributes: Attributes) -> Sequence[Tensor]:
    value, count = inputs
    axis, largest = attributes.get("axis", -1), bool(attributes.get("largest", 1))
    # A stable sort: of equal values the first is taken, as ONNX Runtime does.
    values, places = value.sort(dim=axis, descending=largest, stable=True)
    return values.narrow(axis, 0, count[0]), places.narrow(axis, 0, count[0])


def _constant(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value = attributes.get("value", torch.zeros(1))
    return torch.full(tuple(inputs[0]), value.item(), dtype=value.dtype, device=attributes["device"])


def _divide(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    a, b = inputs
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _clip(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    value, low, high = (*inputs, None, None)[:3]
    return torch.clamp(value, low[0] if low else None, high[0] if high else None)


def _arg_max(inputs: Sequence[Any], attributes: Attributes) -> Tensor:
    return torch.argmax(inputs[0], attributes.get("axis", 0), bool(attributes.get("keepdims", 1)))


def _pairwise(operation: Callable[[Tensor, Tensor], Tensor]) -> Op:
    def fold(inputs: Sequence[Any], attributes: Attributes) -> Any:
        total = inputs[0]
        for value in inputs[1:]:
            total = operation(total, value)
        return total

    return fold


OPS: dict[str, Op] = {
    "Add": lambda i, a: i[0] + i[1],
    "ArgMax": _arg_max,
    "Cast": lambda i, a: i[0].to(TYPES[a["to"]]),
    "Clip": _clip,
    "Concat": lambda i, a: concatenate(i, a["axis"]),
    "ConstantOfShape": _constant,
    "Conv": convolve,
    "Div": _divide,
    "Expand": _expand,
    "Floor": lambda i, a: torch.floor(i[0]),
    "Gather": _gather,
    "GatherElements": lambda i, a: torch.gather(i[0], a.get("axis", 0), i[1]),
    "Gemm": _gemm,
    "Identity": lambda i, a: i[0],
    "Less": lambda i, a: i[0] < i[1],
    "Log": lambda i, a: torch.log(i[0]),
    "MatMul": lambda i, a: torch.matmul(i[0], i[1]),
    "Max": _pairwise(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _pairwise(torch.minimum),
    "Mul": lambda i, a: i[0] * i[1],
    "Neg": lambda i, a: -i[0],
    "Pad": _pad,
    "ReduceMax": _axes(torch.amax),
    "ReduceMean": _axes(torch.mean),
    "ReduceSum": _axes(torch.sum),
    "Relu": lambda i, a: functional.relu(i[0]),
    "Reshape": _reshape,
    "Shape": lambda i, a: torch.tensor(i[0].shape)[a.get("start", 0) : a.get("end")],
    "Sigmoid": lambda i, a: torch.sigmoid(i[0]),
    "Slice": _slice,
    "Softmax": lambda i, a: torch.softmax(i[0], a.get("axis", -1)),
    "Split": _split,
    "Squeeze": _squeeze,
    "Sub": lambda i, a: i[0] - i[1],
    "TemporalShift": lambda i, a: temporal_shift(i[0], (a["frames"], a["part"])),
    "Tanh": lambda i, a: torch.tanh(i[0]),
    "TopK": _top_k,
    "Transpose": lambda i, a: i[0].permute(a["perm"]),
    "Unsqueeze": _unsqueeze,
}
