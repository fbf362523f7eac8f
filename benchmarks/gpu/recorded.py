"""The convolutions of a graph, as they are when it runs: shapes, layouts in memory, what is around them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foveate.bundle.manifest import Graph, Input
from foveate.bundle.vocabulary import Source
from foveate.device.ops import OPS, Attributes
from foveate.device.torch_graph import TorchGraph

_OF_CONV = ("strides", "pads", "dilations", "group", "low", "high", "shift")


@dataclass(frozen=True, slots=True)
class Laid:
    """A tensor without its numbers.

    Attributes:
        shape: of it.
        strides: in elements.
        dtype: of its elements.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    @classmethod
    def of(cls, tensor: Tensor) -> "Laid":
        """How a tensor lies."""
        return cls(tuple(tensor.shape), tensor.stride(), tensor.dtype)

    def bytes(self) -> int:
        """That its elements take."""
        return prod(self.shape) * self.dtype.itemsize

    def made(self, device: torch.device, scale: float = 1.0) -> Tensor:
        """Another that lies as it does, of random numbers: a GPU is quicker with zeros."""
        length = 1 + sum((side - 1) * stride for side, stride in zip(self.shape, self.strides, strict=True))
        flat = scale * torch.randn(length, device=device)
        return flat.to(self.dtype).as_strided(self.shape, self.strides)


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution and what is around it; equal ones take equal time.

    Attributes:
        value: (n, C, ...).
        weight: (K, C / groups, ...).
        bias: (K,).
        residual: of the result's shape, as far as is known.
        attributes: ONNX's that matter, the ends of the clamp, the shift in time; lists as tuples.
    """

    value: Laid
    weight: Laid
    bias: Laid | None
    residual: Laid | None
    attributes: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, inputs: Sequence[Any], attributes: Attributes) -> "Layer":
        """See ``foveate.device.convolution.convolve``."""
        value, weight, bias, residual = (*inputs, None, None)[:4]
        found = {name: attributes[name] for name in _OF_CONV if attributes.get(name) is not None}
        kept = ((name, tuple(x) if isinstance(x, list) else x) for name, x in found.items())
        bias, residual = (None if one is None else Laid.of(one) for one in (bias, residual))
        return cls(Laid.of(value), Laid.of(weight), bias, residual, tuple(kept))

    def inputs(self, device: torch.device) -> list[Tensor | None]:
        """Others of its kind, with results of about one, that half precision holds."""
        scale = self.products() ** -0.5
        ends = (None if one is None else one.made(device) for one in (self.bias, self.residual))
        return [self.value.made(device), self.weight.made(device, scale), *ends]

    def bytes(self) -> int:
        """Of the inputs."""
        inputs = (self.value, self.weight, self.bias, self.residual)
        return sum(one.bytes() for one in inputs if one is not None)

    def products(self) -> int:
        """Multiply-adds for each number of the result."""
        return prod(self.weight.shape[1:])

    def facts(self) -> dict[str, Any]:
        """As shown: shapes, ONNX's attributes, what is around."""
        found, dimensions = self.as_onnx(), len(self.weight.shape) - 2
        ones = [1] * dimensions
        ends = [found.pop("low", None), found.pop("high", None)]
        return {
            "value": list(self.value.shape),
            "weight": list(self.weight.shape),
            "dtype": str(self.value.dtype).removeprefix("torch."),
            "strides": ones,
            "pads": [0] * 2 * dimensions,
            "dilations": ones,
            "group": 1,
            "shift": None,
            **found,
            "bias": self.bias is not None,
            "residual": self.residual is not None,
            "clamp": None if ends == [None, None] else ends,
        }

    def as_onnx(self) -> dict[str, Any]:
        """The attributes as ``convolve`` takes them."""
        return {name: list(x) if isinstance(x, tuple) else x for name, x in self.attributes}


def recorded(path: Path, graph: Graph, units: int, device: torch.device) -> Counter[Layer]:
    """Run a graph once, and tell its convolutions and how often each occurs, in order.

    Args:
        path: the ONNX file.
        graph: what the manifest says of it.
        units: in the batch.
        device: where it runs, on the current stream.

    Raises:
        BundleError: see ``TorchGraph``.
    """
    found: Counter[Layer] = Counter()

    def watched(inputs: Sequence[Any], attributes: Attributes) -> Any:
        found[Layer.of(inputs, attributes)] += 1
        return OPS["Conv"](inputs, attributes)

    loaded = TorchGraph(path, graph, device, ops={**OPS, "Conv": watched})
    loaded.run({port.name: _given(port, units, loaded, device) for port in graph.inputs})
    return found


def _given(port: Input, units: int, graph: TorchGraph, device: torch.device) -> Tensor:
    """An input as the device path gives it: frames as the pixel kernel lays them out."""
    shape = (units, *port.shape)
    if port.source is not Source.PIXELS:
        return torch.zeros(shape, dtype=getattr(torch, port.dtype.value), device=device)
    frames = torch.randn((prod(shape[:-3]), *shape[-3:]), device=device)
    return frames.to(graph.pixel_type, memory_format=graph.pixel_layout).view(shape)
