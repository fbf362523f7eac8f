"""Precision lies in the graphs: weights in 16 bits, inputs and outputs in float32."""

from typing import Literal, TypeVar

import torch
from torch import nn

from export.fold import folded

Precision = Literal["fp32", "fp16", "bf16"]
BundlePrecision = Literal["fp32", "fp16", "bf16", "int8"]
"""A bundle in int8 is exported in float32 and quantised after that."""
Module = TypeVar("Module", bound=nn.Module)

_TYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}


def in_precision(module: Module, precision: Precision) -> Module:
    """A folded copy for inference, its weights in the given precision.

    Normalisations are folded in float32 first, so that each weight is rounded once.
    """
    return folded(module).to(_TYPES[precision])


def element_type(module: nn.Module) -> torch.dtype:
    """What a module's weights are in, and so what its inputs are cast to."""
    return next(module.parameters()).dtype
