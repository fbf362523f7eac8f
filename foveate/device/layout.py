"""Operations that keep the order in which their input lies in memory.

torch's own give contiguous results for tensors of five dimensions, so that a temporal shift would turn maps
from channels-last to channels-first, and the convolution after it would turn them back.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def order_of(value: Tensor) -> list[int]:
    """Dimensions from the one whose neighbours lie farthest apart in memory to the nearest."""
    strides = value.stride()
    return sorted(range(value.ndim), key=lambda axis: -strides[axis])


def concatenate(values: Sequence[Tensor], axis: int) -> Tensor:
    """Concatenate, laid out as the largest of the values."""
    order = order_of(max(values, key=Tensor.numel))
    joined = torch.cat([value.permute(order) for value in values], order.index(axis % len(order)))
    return _back(joined, order)


def pad(value: Tensor, before: Sequence[int], after: Sequence[int], fill: float) -> Tensor:
    """Pad each dimension at both ends, laid out as the value; negative numbers take away."""
    order = order_of(value)
    # torch takes pairs from the last dimension to the first.
    both = [pads[axis] for axis in reversed(order) for pads in (before, after)]
    return _back(functional.pad(value.permute(order), both, value=fill), order)


def _back(value: Tensor, order: Sequence[int]) -> Tensor:
    return value.permute([order.index(axis) for axis in range(len(order))])
