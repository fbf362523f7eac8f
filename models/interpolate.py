"""Cutting patches at places between the pixels, and frames made smaller for a glance."""

import torch
from torch import Tensor
from torch.nn import functional


def interpolate(frames: Tensor, corners: Tensor, patch: int) -> Tensor:
    """Cut one patch from each frame, bilinear: its pixel (i, j) is the frame at (y + i, x + j).

    One fraction serves a whole patch, so this is a mixture of four whole-pixel patches; it is what the affine
    grid of the paper gives (AdaFocusV2, section 3.2), to the rounding of the grid. A gradient reaches the
    corners through the weights of the mixture.

    Args:
        frames: (N, channels, h, w).
        corners: (N, 2), (y, x) of each patch's first pixel, within 0 and (h - patch, w - patch).
        patch: side P in pixels.

    Returns:
        (N, channels, P, P).
    """
    height, width = frames.shape[2:]
    whole = corners.detach().floor()
    fractions = corners - whole
    span = torch.arange(patch + 1, device=frames.device)
    # A tap beyond the frame only occurs with the weight 0, so which pixel it reads does not matter.
    rows = (whole[:, :1].long() + span).clamp(max=height - 1)
    columns = (whole[:, 1:].long() + span).clamp(max=width - 1)
    each = torch.arange(frames.shape[0], device=frames.device)[:, None, None]
    block = frames.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    down, across = fractions.to(frames.dtype)[:, :, None, None, None].unbind(1)
    lines = torch.lerp(block[:, :, :-1], block[:, :, 1:], down)
    return torch.lerp(lines[..., :-1], lines[..., 1:], across)


def glance_pixels(frames: Tensor, side: int) -> Tensor:
    """Frames (n, 3, crop, crop) to what a glance network sees of them (n, 3, side, side).

    Bilinear with aligned corners (AdaFocusV2, published with a ResNet-50 as glance network).
    """
    if side == frames.shape[-1]:
        return frames
    return functional.interpolate(frames, (side, side), mode="bilinear", align_corners=True)
