"""The temporal shift (Lin et al., ICCV 2019) in its residual form, and the backbones that carry it.

A part of the channels is taken from the next frame and a part from the one before, ahead of the first 1 x 1
convolution of a residual branch; what is added to the branch is not shifted.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.mobilenet_v2 import InvertedResidual, MobileNetV2, MobileNetV2Channels
from models.resnet import Bottleneck, ResNet50

_LAYERS_WITH_EXPANSION = 4


def temporal_shift(x: Tensor, frames: int, divisor: int = 8) -> Tensor:
    """Shift channels among the frames of a video.

    Args:
        x: frames of whole videos, video-major (B * frames, c, h, w).
        frames: frames of a video.
        divisor: the first c // divisor channels come from the next frame, as many after them from the one
            before; zeros where there is none.

    Returns:
        The same shape.
    """
    part = x.shape[1] // divisor
    if not part:
        return x
    video = x.reshape(-1, frames, *x.shape[1:])
    # Padding rather than joining with zeros: zeros of a dynamic batch are shape arithmetic in a graph.
    following = functional.pad(video[:, 1:, :part], (0, 0, 0, 0, 0, 0, 0, 1))
    preceding = functional.pad(video[:, :-1, part : 2 * part], (0, 0, 0, 0, 0, 0, 1, 0))
    return torch.cat([following, preceding, video[:, :, 2 * part :]], 2).flatten(0, 1)


class ShiftedConv(nn.Module):
    """A convolution behind the shift; the convolution's entries are under ``net``, as published."""

    def __init__(self, net: nn.Conv2d, frames: int, divisor: int) -> None:
        super().__init__()
        self.net = net
        self.frames = frames
        self.divisor = divisor

    def forward(self, x: Tensor) -> Tensor:
        """(B * frames, c, h, w) to what the convolution gives of it."""
        out: Tensor = self.net(temporal_shift(x, self.frames, self.divisor))
        return out


def shifted_resnet50(base: int, frames: int, divisor: int = 8) -> ResNet50:
    """A ResNet-50 with the shift in every block.

    Args:
        base: channels of the stem.
        frames: frames of a video; inputs are (B * frames, 3, h, w).
        divisor: of ``temporal_shift``.
    """
    network = ResNet50(base)
    for block in network.modules():
        if isinstance(block, Bottleneck):
            block.add_module("conv1", ShiftedConv(block.conv1, frames, divisor))
    return network


def shifted_mobilenet_v2(channels: MobileNetV2Channels, frames: int, divisor: int = 8) -> MobileNetV2:
    """A MobileNetV2 with the shift in the blocks that both expand and are added to their input.

    Args:
        channels: of the network.
        frames: frames of a video; inputs are (B * frames, 3, h, w).
        divisor: of ``temporal_shift``.
    """
    network = MobileNetV2(channels)
    for block in network.features:
        if isinstance(block, InvertedResidual) and block.residual:
            expand = block.conv[0]
            if len(block.conv) == _LAYERS_WITH_EXPANSION and isinstance(expand, nn.Sequential):
                convolution = expand[0]
                assert isinstance(convolution, nn.Conv2d)
                expand[0] = ShiftedConv(convolution, frames, divisor)
    return network
