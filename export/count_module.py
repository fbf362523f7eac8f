"""Multiply-adds of one unit, counted from a module without running or exporting it.

What a graph cannot tell: a network on frames of another size, where its own are written into its shapes.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from export.graphs import GraphSpec

_TYPES = {"float32": torch.float32, "float16": torch.float16, "int64": torch.int64}


def module_multiply_adds(spec: GraphSpec, inputs: Mapping[str, tuple[int, ...]] | None = None) -> int:
    """Count one unit of a graph's module: convolutions and matrix products, as ``export.count`` does.

    Args:
        spec: the graph; no memory is taken for its weights or activations.
        inputs: other shapes of one unit for these inputs, without the batch.
    """
    shapes = {port.name: port.shape for port in spec.inputs} | dict(inputs or {})
    example = tuple(
        torch.empty((1, *shapes[port.name]), dtype=_TYPES[port.dtype], device="meta") for port in spec.inputs
    )
    entries: dict[str, Tensor] = {
        name: torch.empty_like(value, device="meta")
        for named in (spec.module.named_parameters(), spec.module.named_buffers())
        for name, value in named
    }
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        functional_call(spec.module.eval(), entries, example)
    return int(counter.get_total_flops()) // 2
