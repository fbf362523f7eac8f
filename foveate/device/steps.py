"""A graph's nodes as steps to run in order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor

from foveate.device.ops import ON_HOST, Attributes
from foveate.errors import BundleError


@dataclass(frozen=True, slots=True)
class Step:
    """One node, or several joined.

    Attributes:
        op: ONNX's name of the operator.
        inputs: names of its inputs, None where one is left out.
        outputs: names of its outputs.
        attributes: ONNX's, and ``device``.
        host: whether it computes shapes, on the host.
    """

    op: str
    inputs: tuple[str | None, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    host: bool


def steps_of(
    path: Path, model: onnx.ModelProto, constants: Mapping[str, Tensor], device: torch.device
) -> list[Step]:
    """A model's nodes in order.

    Args:
        path: the file, for messages.
        model: what is in it.
        constants: its initializers, by name.
        device: where tensors are made.

    Raises:
        BundleError: the shape of a result depends on values.
    """
    host: set[str] = set()
    steps = []
    for node in model.graph.node:
        # A shape that is only the size of something makes no shape of it: that is a tensor on the device.
        told = ON_HOST.get(node.op_type, ())
        on_host = node.op_type == "Shape" or (
            any(name in host for place, name in enumerate(node.input) if place not in told)
            and all(name in host or name in constants for name in node.input)
        )
        if on_host:
            host.update(node.output)
        for input_place in ON_HOST.get(node.op_type, ()):
            name = node.input[input_place] if input_place < len(node.input) else ""
            if name and name not in constants and name not in host:
                raise BundleError(f"{path} cannot be loaded: the shape of {node.op_type} depends on values")
        steps.append(
            Step(
                node.op_type,
                tuple(name or None for name in node.input),
                tuple(node.output),
                {a.name: _attribute(a) for a in node.attribute} | {"device": device},
                on_host,
            )
        )
    return steps


def _attribute(attribute: onnx.AttributeProto) -> Any:
    value = helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return tensor_of(value)
    return value


def tensor_of(value: onnx.TensorProto) -> Tensor:
    """A constant of a graph, as torch has it."""
    array = numpy_helper.to_array(value)
    if value.data_type == onnx.TensorProto.BFLOAT16:
        # NumPy's own types lack it.
        return torch.from_numpy(array.view("int16").copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def reads_of(steps: Sequence[Step], outputs: Sequence[str]) -> Counter[str]:
    """How often each value is read.

    Args:
        steps: of a graph.
        outputs: values that the graph gives, which are read by whoever asked for them.
    """
    reads = Counter(name for step in steps for name in step.inputs if name is not None)
    reads.update(outputs)
    return reads


def dropped_after(steps: Sequence[Step], outputs: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each step the values that nothing reads after it.

    Args:
        steps: in order.
        outputs: values that are kept.
    """
    last = {name: place for place, step in enumerate(steps) for name in step.inputs if name is not None}
    dropped: list[list[str]] = [[] for _ in steps]
    for name, place in last.items():
        if name not in outputs:
            dropped[place].append(name)
    return [tuple(names) for names in dropped]
