"""The networks of a run, and what they see of a pool."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.interpolate import interpolate
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels
from training.sizes import MobileNet, Sizes

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def build_network(sizes: Sizes, classes: int, auxiliary: bool = False) -> AdaFocusV2:
    """A network of these sizes, its weights drawn from torch's generator.

    Args:
        sizes: of a configuration.
        classes: number of classes.
        auxiliary: whether the heads on single frames are there, which only training end to end needs.
    """
    glance: MobileNetV2Channels | int = sizes.glance_base
    channels, side = sizes.glance_base * 32, sizes.glance_side or 96
    if sizes.glance is not None:
        glance, channels, side = mobilenet(sizes.glance), sizes.glance.last, sizes.glance_side or sizes.crop
    encoder = EncoderSizes(channels, side // 32, sizes.squeezed, sizes.hidden)
    return AdaFocusV2(
        AdaFocusV2Sizes(
            glance=glance,
            policy=PlacePolicySizes(encoder, sizes.hidden),
            focus_base=mobilenet(sizes.focus) if sizes.focus else sizes.focus_base,
            classifier_width=sizes.classifier_width,
            classes=classes,
            steps=sizes.frames,
            auxiliary=auxiliary,
        ),
        AdaFocusV2Options(sizes.patch, sizes.crop),
    )


def mobilenet(sizes: MobileNet) -> MobileNetV2Channels:
    """The channels of a MobileNetV2."""
    return replace(MobileNetV2Channels.scaled(sizes.width), last=sizes.last)


def normalised(frames: NDArray[np.uint8], device: torch.device) -> Tensor:
    """uint8 frames (..., h, w, 3) to what networks are made for (..., 3, h, w) float32."""
    pixels = torch.from_numpy(np.require(frames, requirements=["C", "W"])).to(device).movedim(-1, -3).float()
    mean = pixels.new_tensor(MEAN)[:, None, None] * 255
    std = pixels.new_tensor(STD)[:, None, None] * 255
    return (pixels - mean) / std


def patches_at(frames: NDArray[np.uint8], corners: Tensor, side: int) -> Tensor:
    """Normalised patches of frames, cut before they are normalised: most of a frame is not looked at.

    A gradient reaches the corners.

    Args:
        frames: uint8 (n, h, w, 3).
        corners: (n, 2) (y, x) of each patch's first pixel, with fractions.
        side: of a patch in pixels.

    Returns:
        (n, 3, side, side).
    """
    last = np.array(frames.shape[1:3]) - side - 1
    whole = np.clip(np.floor(corners.detach().cpu().numpy()), 0, np.maximum(last, 0)).astype(np.int64)
    blocks = np.stack(
        [frame[y : y + side + 1, x : x + side + 1] for frame, (y, x) in zip(frames, whole, strict=True)]
    )
    rest = corners - torch.from_numpy(whole).to(corners)
    pixels = normalised(blocks, corners.device)
    # A patch at the frame's last line has a block that begins a line earlier, and a rest of 1.
    if corners.requires_grad or rest.any():
        return interpolate(pixels, rest, side)
    return pixels[..., :side, :side]
