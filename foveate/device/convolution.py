"""A convolution and what follows it: bias, residual and clamp, on a GPU without a pass for each."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from foveate.device.layout import pad

Ends = tuple[float | None, float | None]
"""The lower and the upper end of a clamp; None for no end."""

LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}
"""How maps lie in memory, by their dimensions."""

_WAITS_FOR_MEMORY = 256
"""Multiply-adds for each number that a product of one pixel reads or writes: with fewer, GPUs of today wait
for memory more than they multiply: a pass less is worth more than a library's quicker product. Reckoned."""

_CONVOLVE = {3: functional.conv1d, 4: functional.conv2d, 5: functional.conv3d}


def convolve(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Tensor:
    """``clamp(convolution + bias + residual, low, high)``.

    Args:
        inputs: value (n, C, ...), weight, and bias and residual or None, which may also be left out.
        attributes: ONNX's of ``Conv``; ``low`` and ``high``, the ends of the clamp, missing or None for none.
    """
    value, weight, bias, residual = (*inputs, None, None)[:4]
    ends = attributes.get("low"), attributes.get("high")
    dimensions = weight.ndim - 2
    ones, pads = [1] * dimensions, attributes.get("pads", [0] * 2 * dimensions)
    strides, dilations = attributes.get("strides", ones), attributes.get("dilations", ones)
    value, pads = symmetric(value, pads, 0.0)
    groups = attributes.get("group", 1)
    if residual is None and dilations == ones and _is_depthwise(value, weight, groups):
        return _depthwise(value, weight, bias, (strides, pads), ends)
    plain = all(side == 1 for side in (*weight.shape[2:], *strides)) and not any(pads) and groups == 1
    if plain and (deep := _product_at(value, weight, residual)):
        return _pointwise(value, weight, bias, residual, ends, deep)
    apart = (residual is not None or ends != (None, None)) and _can_finish(value)
    result: Tensor = _CONVOLVE[weight.ndim](
        value, weight, None if apart else bias, strides, pads, dilations, groups
    )
    return _finished(result, bias if apart else None, residual, ends)


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


def _is_depthwise(value: Tensor, weight: Tensor, groups: int) -> bool:
    """Whether the kernel is there and made for it."""
    return _can_finish(value) and groups > 1 and groups == value.shape[1] == weight.shape[0]


def _depthwise(
    value: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    steps: tuple[list[int], list[int]],
    ends: Ends,
) -> Tensor:
    from foveate.device.kernels.depthwise import depthwise

    layout, (strides, pads) = LAYOUTS[value.ndim], steps
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
        # Channels last, as the map's: a program reads one tap of many channels at a time.
        weight.reshape(weight.shape[0], *[1] * flat, *weight.shape[2:]).movedim(0, -1).contiguous(),
        bias,
        ([1] * flat + strides, [0] * flat + pads),
        ends,
        out.unsqueeze(2) if flat else out,
    )
    return out


def _product_at(value: Tensor, weight: Tensor, residual: Tensor | None) -> int | None:
    """Channels at a time of a product with its epilogue; None where the library's and a pass are better."""
    many, few = max(weight.shape[:2]), min(weight.shape[:2])
    if value.dtype != torch.float16 or not _can_finish(value) or many % 16 or few % 16:
        return None
    if many * few > _WAITS_FOR_MEMORY * (many + few):
        return None
    if residual is not None and (
        residual.shape != (value.shape[0], weight.shape[0], *value.shape[2:])
        or residual.dtype != value.dtype
        or not residual.is_contiguous(memory_format=LAYOUTS[residual.ndim])
    ):
        return None
    return _channels_at_a_time(value.device)


@cache
def _channels_at_a_time(device: torch.device) -> int | None:
    """As many as the memory that a program shares has room for; None for GPUs without matrix units for it."""
    generation, _ = torch.cuda.get_device_capability(device)
    return {8: 32}.get(generation, 64) if generation >= 8 else None


def _pointwise(
    value: Tensor, weight: Tensor, bias: Tensor | None, residual: Tensor | None, ends: Ends, deep: int
) -> Tensor:
    from foveate.device.kernels.pointwise import pointwise

    layout = LAYOUTS[value.ndim]
    out = torch.empty(
        (value.shape[0], weight.shape[0], *value.shape[2:]),
        dtype=value.dtype,
        device=value.device,
        memory_format=layout,
    )
    flat = weight.reshape(weight.shape[:2])
    pointwise(value.contiguous(memory_format=layout), flat, bias, residual, ends, deep, out)
    return out
