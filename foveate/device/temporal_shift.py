"""The temporal shift: a part of the channels comes from the next frame, a part from the one before."""

import torch
from torch import Tensor

Shift = tuple[int, int]
"""Frames of a video; the first channels that come from the next frame, which are as many as those after
them, which come from the one before."""


def temporal_shift(value: Tensor, shift: Shift) -> Tensor:
    """Shift channels among the frames of a video; zeros where there is no frame.

    Args:
        value: frames of whole videos, video by video (videos * frames, C, H, W).
        shift: by how much.

    Returns:
        Another of the same shape, which lies in memory as the value does.
    """
    frames, part = shift
    out = torch.empty_like(value)
    if _by_kernel(value):
        from foveate.device.kernels.shift import shifted

        shifted(value, shift, out)
        return out
    before, after = (one.view(-1, frames, *one.shape[1:]) for one in (value, out))
    following, preceding, rest = (slice(None, part), slice(part, 2 * part), slice(2 * part, None))
    after[:, :-1, following] = before[:, 1:, following]
    after[:, -1, following] = 0
    after[:, 1:, preceding] = before[:, :-1, preceding]
    after[:, 0, preceding] = 0
    after[:, :, rest] = before[:, :, rest]
    return out


def _by_kernel(value: Tensor) -> bool:
    return value.is_cuda and value.ndim == 4 and value.is_contiguous(memory_format=torch.channels_last)
