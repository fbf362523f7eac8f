"""A bundle's ONNX graph as a torch module, without the code it was exported from.

Convolutions run channels-last. Batch normalisations were folded into them at the export; the normalisation
of pixels is part of the pixel kernel. Written to run on a GPU inside a captured graph; so far run on the CPU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from foveate.bundle.manifest import Graph
from foveate.device.ops import ON_HOST, OPS, Attributes
from foveate.errors import BundleError

_LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


@dataclass(frozen=True, slots=True)
class _Step:
    """One node.

    Attributes:
        inputs: names of its inputs, None where one is left out.
        dropped: values that nothing reads after it.
        host: whether it computes shapes, on the host.
    """

    op: str
    inputs: tuple[str | None, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    dropped: tuple[str, ...]
    host: bool


class TorchGraph(nn.Module):
    """Runs a graph's nodes in order; see ``DeviceGraph``.

    Args:
        path: the ONNX file.
        graph: what the manifest says of it.
        device: where the weights go.
        half: compute in half precision what the file has in float32.

    Raises:
        BundleError: it cannot be read, has other inputs or outputs, or an operator that is not known.
    """

    capturable = True

    def __init__(self, path: Path, graph: Graph, device: torch.device, half: bool = False) -> None:
        super().__init__()
        model = _read(path, graph)
        self._ports = graph
        self._half = half
        self._constants: dict[str, Tensor] = {
            constant.name: _tensor(constant) for constant in model.graph.initializer
        }
        self._steps = _steps(path, model, self._constants, device)
        self._weights: dict[str, str] = {}
        self.pixel_type = torch.float32
        self.pixel_layout = torch.channels_last
        for name in _on_device(self._steps, self._constants):
            self._place(name, device)

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See ``DeviceGraph.run``; float outputs are in float32 whatever it computes in."""
        values: dict[str, Any] = {name: self._lowered(value) for name, value in inputs.items()}
        for step in self._steps:
            taken = [self._input(step, place, name, values) for place, name in enumerate(step.inputs)]
            result = OPS[step.op](taken, step.attributes)
            if step.op == "Cast" and self._half and result.dtype == torch.float32:
                result = result.half()
            parts = result if isinstance(result, (tuple, list)) else (result,)
            values.update(zip(step.outputs, parts, strict=True))
            for name in step.dropped:
                values.pop(name, None)
        return [_declared(values[output.name], output.dtype.value) for output in self._ports.outputs]

    forward = run

    def _lowered(self, value: Tensor) -> Tensor:
        return value.half() if self._half and value.dtype == torch.float32 else value

    def _input(self, step: _Step, place: int, name: str | None, values: Mapping[str, Any]) -> Any:
        if name is None:
            return None
        if place in ON_HOST.get(step.op, ()):
            numbers = self._constants[name] if name in self._constants else values[name]
            return numbers.reshape(-1).tolist()
        if name in values:
            return values[name]
        return self._constants[name] if step.host else getattr(self, self._weights[name])

    def _place(self, name: str, device: torch.device) -> None:
        """Make a constant a buffer of the module."""
        value = self._lowered(self._constants[name]).to(device)
        if value.ndim in _LAYOUTS:
            value = value.contiguous(memory_format=_LAYOUTS[value.ndim])
            self.pixel_type = value.dtype
        self._weights[name] = f"constant{len(self._weights)}"
        self.register_buffer(self._weights[name], value)


def _declared(value: Tensor, dtype: str) -> Tensor:
    return value.to({"float32": torch.float32, "float16": torch.float16, "int64": torch.int64}[dtype])


def _read(path: Path, graph: Graph) -> onnx.ModelProto:
    try:
        model = onnx.load(path)
    except Exception as error:  # the library's own exceptions share no base class
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleError(f"{path} cannot be loaded: {reason}") from error
    inputs, outputs = ({value.name for value in ports} for ports in (model.graph.input, model.graph.output))
    if inputs != {i.name for i in graph.inputs} or not {o.name for o in graph.outputs} <= outputs:
        raise BundleError(
            f"{path} has inputs {sorted(inputs)} and outputs {sorted(outputs)}, not the manifest's"
        )
    if unknown := sorted({node.op_type for node in model.graph.node} - OPS.keys()):
        raise BundleError(f"{path} cannot be loaded: torch runs no {', '.join(unknown)} here")
    return model


def _steps(
    path: Path, model: onnx.ModelProto, constants: Mapping[str, Tensor], device: torch.device
) -> list[_Step]:
    kept = {value.name for value in model.graph.output}
    last = {name: place for place, node in enumerate(model.graph.node) for name in node.input}
    host: set[str] = set()
    steps = []
    for place, node in enumerate(model.graph.node):
        on_host = node.op_type == "Shape" or (
            any(name in host for name in node.input)
            and all(name in host or name in constants for name in node.input)
        )
        if on_host:
            host.update(node.output)
        for input_place in ON_HOST.get(node.op_type, ()):
            name = node.input[input_place] if input_place < len(node.input) else ""
            if name and name not in constants and name not in host:
                raise BundleError(f"{path} cannot be loaded: the shape of {node.op_type} depends on values")
        steps.append(
            _Step(
                node.op_type,
                tuple(name or None for name in node.input),
                tuple(node.output),
                {a.name: _attribute(a) for a in node.attribute} | {"device": device},
                tuple({name for name in node.input if last[name] == place and name not in kept}),
                on_host,
            )
        )
    return steps


def _attribute(attribute: onnx.AttributeProto) -> Any:
    value = helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return _tensor(value)
    return value


def _tensor(value: onnx.TensorProto) -> Tensor:
    array = numpy_helper.to_array(value)
    if value.data_type == onnx.TensorProto.BFLOAT16:
        # NumPy's own types lack it.
        return torch.from_numpy(array.view("int16").copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def _on_device(steps: Sequence[_Step], constants: Mapping[str, Tensor]) -> list[str]:
    """Constants that some step takes as a tensor on the device."""
    names = [
        name
        for step in steps
        if not step.host
        for place, name in enumerate(step.inputs)
        if name in constants and place not in ON_HOST.get(step.op, ())
    ]
    return [name for name in dict.fromkeys(names) if name is not None]
