"""A convolution and what is around it: shift, bias, residual and clamp, on a GPU without a pass for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from foveate.device.layout import pad
from foveate.device.temporal_shift import Shift, temporal_shift

Ends = tuple[float | None, float | None]
"""The lower and the upper end of a clamp; None for no end."""

LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}
"""How maps lie in memory, by their dimensions."""

_WAITS_FOR_MEMORY = 256
"""Multiply-adds for each number that a product of one pixel reads or writes: with fewer, GPUs of today wait
for memory more than they multiply: a pass less is worth more than a library's quicker product. Reckoned."""

_EIGHT = 8
"""Channels of half precision that a kernel reads at once."""

_CONVOLVE = {3: functional.conv1d, 4: functional.conv2d, 5: functional.conv3d}


class Way(StrEnum):
    """What computes a convolution and what follows it."""

    DEPTHWISE = "depthwise"
    POINTWISE = "pointwise"
    TORCH = "torch"
    """torch's convolution; a pass after it where it leaves something to do."""


@dataclass(frozen=True, slots=True)
class Call:
    """A convolution, the shift in time before it, and what follows it.

    Attributes:
        value: (n, C, ...), not shifted yet.
        weight: (K, C / groups, ...).
        bias: (K,).
        residual: added to the result.
        strides: of each of the last dimensions, as the two that follow.
        pads: zeros at both ends.
        dilations: pixels from tap to tap.
        groups: as ONNX's.
        ends: of the clamp.
        shift: of the value; None for none.
    """

    value: Tensor
    weight: Tensor
    bias: Tensor | None
    residual: Tensor | None
    strides: list[int]
    pads: list[int]
    dilations: list[int]
    groups: int
    ends: Ends
    shift: Shift | None = None

    @classmethod
    def of(cls, inputs: Sequence[Any], attributes: Mapping[str, Any]) -> "Call":
        """What ``convolve`` is asked for; the value is padded here where both ends differ."""
        value, weight, bias, residual = (*inputs, None, None)[:4]
        dimensions = weight.ndim - 2
        ones = [1] * dimensions
        value, pads = symmetric(value, attributes.get("pads", [0] * 2 * dimensions), 0.0)
        strides, dilations = attributes.get("strides", ones), attributes.get("dilations", ones)
        ends = attributes.get("low"), attributes.get("high")
        groups, shift = attributes.get("group", 1), attributes.get("shift")
        shift = None if shift is None else tuple(shift)
        return cls(value, weight, bias, residual, strides, pads, dilations, groups, ends, shift)


def convolve(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Tensor:
    """``clamp(convolution of the shifted value + bias + residual, low, high)``.

    Args:
        inputs: value (n, C, ...), weight, and bias and residual or None, which may also be left out.
        attributes: ONNX's of ``Conv``; ``low`` and ``high``, the ends of the clamp, and ``shift``, frames
            and channels, missing or None for none.
    """
    call = Call.of(inputs, attributes)
    return compute(call, way_of(call))


def kernel_of(call: Call) -> Way | None:
    """The kernel that can do it, be it the quicker way or not; None for none."""
    if not _can_finish(call.value):
        return None
    if _is_depthwise(call):
        return Way.DEPTHWISE
    return Way.POINTWISE if _is_product(call) else None


def way_of(call: Call) -> Way:
    """The way that it takes."""
    kernel = kernel_of(call)
    if kernel is Way.POINTWISE and not _waits_for_memory(call.weight):
        return Way.TORCH
    return kernel or Way.TORCH


def compute(call: Call, way: Way) -> Tensor:
    """Go a way.

    Args:
        call: what to compute.
        way: ``Way.TORCH``, or what ``kernel_of`` says of it.
    """
    if call.shift is not None and not (way is Way.POINTWISE and _reads_in_time(call.shift)):
        call = replace(call, value=temporal_shift(call.value, call.shift), shift=None)
    if way is Way.DEPTHWISE:
        return _depthwise(call)
    return _pointwise(call) if way is Way.POINTWISE else _by_torch(call)


def laid_out(weight: Tensor) -> Tensor:
    """A weight as it is read, so that no convolution has to turn it.

    Args:
        weight: (K, C / groups, ...) of two or three dimensions more.
    """
    if weight.shape[1] == 1:
        # Channels last, as the map's: a program reads one tap of many channels at a time.
        return weight.movedim(0, -1).contiguous().movedim(-1, 0)
    return weight.contiguous(memory_format=LAYOUTS[weight.ndim])


def symmetric(value: Tensor, pads: list[int], fill: float) -> tuple[Tensor, list[int]]:
    """Pads that torch's own operators take; where both ends differ the padding is done first.

    Args:
        value: (n, C, ...).
        pads: ONNX's: before each of the last dimensions, then after each.
        fill: what to pad with.
    """
    half = len(pads) // 2
    if pads[:half] == pads[half:]:
        return value, pads[:half]
    return pad(value, [0, 0, *pads[:half]], [0, 0, *pads[half:]], fill), [0] * half


def _by_torch(call: Call) -> Tensor:
    value, weight, bias = call.value, call.weight, call.bias
    apart = (call.residual is not None or call.ends != (None, None)) and _can_finish(value)
    result: Tensor = _CONVOLVE[weight.ndim](
        value, weight, None if apart else bias, call.strides, call.pads, call.dilations, call.groups
    )
    return _finished(result, bias if apart else None, call.residual, call.ends)


def _finished(value: Tensor, bias: Tensor | None, residual: Tensor | None, ends: Ends) -> Tensor:
    """Change a map that nothing else has seen yet."""
    maps = [value] if residual is None else [value, residual]
    alike = all((m.shape, m.dtype) == (value.shape, value.dtype) for m in maps)
    if _can_finish(value) and alike and all(m.is_contiguous(memory_format=LAYOUTS[m.ndim]) for m in maps):
        from foveate.device.kernels.epilogue import finish

        finish(value, bias, residual, ends)
        return value
    if bias is not None:
        value = value + bias.reshape(-1, *[1] * (value.ndim - 2))
    if residual is not None:
        value = value + residual
    return value if ends == (None, None) else value.clamp_(*ends)


def _can_finish(value: Tensor) -> bool:
    return value.is_cuda and value.ndim in LAYOUTS


def _is_depthwise(call: Call) -> bool:
    alike = call.groups == call.value.shape[1] == call.weight.shape[0]
    near = all(dilation == 1 for dilation in call.dilations)
    return alike and call.groups > 1 and near and call.residual is None


def _depthwise(call: Call) -> Tensor:
    from foveate.device.kernels.depthwise import depthwise

    value, weight, strides, pads = call.value, call.weight, call.strides, call.pads
    layout = LAYOUTS[value.ndim]
    sides = [
        (side + 2 * before - kernel) // stride + 1
        for side, before, kernel, stride in zip(value.shape[2:], pads, weight.shape[2:], strides, strict=True)
    ]
    out = torch.empty(
        (*value.shape[:2], *sides), dtype=value.dtype, device=value.device, memory_format=layout
    )
    value = value.contiguous(memory_format=layout)
    flat = value.ndim == 4
    depthwise(
        value.unsqueeze(2) if flat else value,
        # As ``laid_out`` leaves it: nothing is copied.
        weight.reshape(weight.shape[0], *[1] * flat, *weight.shape[2:]).movedim(0, -1).contiguous(),
        call.bias,
        ([1] * flat + strides, [0] * flat + pads),
        call.ends,
        out.unsqueeze(2) if flat else out,
    )
    return out


def _is_product(call: Call) -> bool:
    """Whether it is a matrix product that the kernel was made for, on a GPU that it was made for."""
    value, weight, residual = call.value, call.weight, call.residual
    ones = all(side == 1 for side in (*weight.shape[2:], *call.strides))
    if not ones or any(call.pads) or call.groups != 1:
        return False
    if value.dtype != torch.float16 or any(channels % _EIGHT for channels in weight.shape[:2]):
        return False
    if residual is not None and (
        residual.shape != (value.shape[0], weight.shape[0], *value.shape[2:])
        or residual.dtype != value.dtype
        or not residual.is_contiguous(memory_format=LAYOUTS[residual.ndim])
    ):
        return False
    return _channels_at_a_time(value.device) is not None


def _reads_in_time(shift: Shift) -> bool:
    """Whether the product can read the neighbours in time by itself, with reads that stay whole."""
    _, part = shift
    return part % _EIGHT == 0


def _waits_for_memory(weight: Tensor) -> bool:
    channels, depth = weight.shape[:2]
    return channels * depth <= _WAITS_FOR_MEMORY * (channels + depth)


@cache
def _channels_at_a_time(device: torch.device) -> int | None:
    """As many as the memory that a program shares has room for; None for GPUs without matrix units for it."""
    generation, _ = torch.cuda.get_device_capability(device)
    return {8: 32}.get(generation, 64) if generation >= 8 else None


def _pointwise(call: Call) -> Tensor:
    from foveate.device.kernels.pointwise import pointwise

    value, weight, layout = call.value, call.weight, LAYOUTS[call.value.ndim]
    deep = _channels_at_a_time(value.device)
    assert deep is not None
    out = torch.empty(
        (value.shape[0], weight.shape[0], *value.shape[2:]),
        dtype=value.dtype,
        device=value.device,
        memory_format=layout,
    )
    flat = weight.reshape(weight.shape[:2])
    value = value.contiguous(memory_format=layout)
    pointwise(value, flat, call.bias, call.residual, call.ends, deep, out, call.shift)
    return out
