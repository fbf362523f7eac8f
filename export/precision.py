"""Precision lies in the graphs: weights in half precision, inputs and outputs in float32."""

from typing import Literal, TypeVar

import torch
from torch import nn

from export.fold import folded

Precision = Literal["fp32", "fp16"]
BundlePrecision = Literal["fp32", "fp16", "int8"]
"""A bundle in int8 is exported in float32 and quantised after that."""
Module = TypeVar("Module", bound=nn.Module)


def in_precision(module: Module, precision: Precision) -> Module:
    """A folded copy for inference, its weights in the given precision.

    Normalisations are folded in float32 first, so that each weight is rounded once.
    """
    module = folded(module)
    return module.half() if precision == "fp16" else module


def element_type(module: nn.Module) -> torch.dtype:
    """What a module's weights are in, and so what its inputs are cast to."""
    return next(module.parameters()).dtype
