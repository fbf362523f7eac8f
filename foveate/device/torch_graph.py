"""A bundle's ONNX graph as a torch module, without the code it was exported from.

Convolutions run channels-last, each with the addition and the clamp that follow it, one of one pixel with the
temporal shift before it, too. Batch normalisations were folded into them at the export; the normalisation of
pixels is part of the pixel kernel. Written to run on a GPU inside a captured graph; so far run on the CPU.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from foveate.bundle.manifest import Graph
from foveate.device.convolution import LAYOUTS, laid_out
from foveate.device.fuse import fuse
from foveate.device.ops import MADE_HERE, ON_HOST, OPS, Op
from foveate.device.shifts import join_shifts
from foveate.device.steps import Step, dropped_after, steps_of, tensor_of
from foveate.errors import BundleError


class TorchGraph(nn.Module):
    """Runs a graph's nodes in order; see ``DeviceGraph``.

    Args:
        path: the ONNX file.
        graph: what the manifest says of it.
        device: where the weights go.
        half: compute in half precision what the file has in float32.
        ops: the operators; others than ``OPS`` for whoever looks on.

    Raises:
        BundleError: it cannot be read, has other inputs or outputs, or an operator that is not known.
    """

    capturable = True

    def __init__(
        self,
        path: Path,
        graph: Graph,
        device: torch.device,
        half: bool = False,
        ops: Mapping[str, Op] = OPS,
    ) -> None:
        super().__init__()
        model = _read(path, graph)
        self._ports = graph
        self._half = half
        self._ops = ops
        self._constants: dict[str, Tensor] = {
            constant.name: tensor_of(constant) for constant in model.graph.initializer
        }
        outputs = [output.name for output in graph.outputs]
        steps = join_shifts(steps_of(path, model, self._constants, device), self._constants, outputs)
        steps = fuse(steps, self._constants, outputs)
        self._steps = list(zip(steps, dropped_after(steps, outputs), strict=True))
        self._weights: dict[str, str] = {}
        self.pixel_type = torch.float32
        self.pixel_layout = torch.channels_last
        for name in _on_device(steps, self._constants):
            self._place(name, device)
        if device.type == "cuda":
            # The weights were laid out on this thread's stream; a lane's own does not wait for that one.
            torch.cuda.current_stream(device).synchronize()

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See ``DeviceGraph.run``; float outputs are in float32 whatever it computes in."""
        values: dict[str, Any] = {name: self._lowered(value) for name, value in inputs.items()}
        for step, dropped in self._steps:
            taken = [self._input(step, place, name, values) for place, name in enumerate(step.inputs)]
            result = self._ops[step.op](taken, step.attributes)
            if step.op == "Cast" and self._half and result.dtype == torch.float32:
                result = result.half()
            parts = result if isinstance(result, (tuple, list)) else (result,)
            values.update(zip(step.outputs, parts, strict=True))
            for name in dropped:
                values.pop(name, None)
        return [_declared(values[output.name], output.dtype.value) for output in self._ports.outputs]

    forward = run

    def _lowered(self, value: Tensor) -> Tensor:
        return value.half() if self._half and value.dtype == torch.float32 else value

    def _input(self, step: Step, place: int, name: str | None, values: Mapping[str, Any]) -> Any:
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
        if value.ndim in LAYOUTS:
            value = laid_out(value)
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
    if unknown := sorted({node.op_type for node in model.graph.node} - (OPS.keys() - MADE_HERE)):
        raise BundleError(f"{path} cannot be loaded: torch runs no {', '.join(unknown)} here")
    return model


def _on_device(steps: Sequence[Step], constants: Mapping[str, Tensor]) -> list[str]:
    """Constants that some step takes as a tensor on the device."""
    names = [
        name
        for step in steps
        if not step.host
        for place, name in enumerate(step.inputs)
        if name in constants and place not in ON_HOST.get(step.op, ())
    ]
    return [name for name in dict.fromkeys(names) if name is not None]
