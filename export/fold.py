"""Folding batch normalisation into the layer before it, in float32, before anything is rounded."""

import copy
from itertools import pairwise
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from models.temporal_shift import ShiftedConv

Module = TypeVar("Module", bound=nn.Module)


def folded(module: Module) -> Module:
    """A copy in which every layer registered just before a normalisation has taken it in.

    The modules must run such pairs one after the other; the parity check of an export would show if one
    did not.
    """
    module = copy.deepcopy(module).eval()
    for parent in list(module.modules()):
        children = list(parent.named_children())
        for (name, layer), (next_name, following) in pairwise(children):
            joined = _joined(layer, following)
            if joined is not None:
                setattr(parent, name, joined)
                setattr(parent, next_name, nn.Identity())
    return module


def _joined(layer: nn.Module, following: nn.Module) -> nn.Module | None:
    """Both as one layer, or nothing where they are no such pair."""
    if isinstance(layer, nn.Linear) and isinstance(following, nn.BatchNorm1d):
        return fuse_linear_bn_eval(layer, following)
    if isinstance(layer, nn.Conv3d) and isinstance(following, nn.BatchNorm3d):
        return fuse_conv_bn_eval(layer, following)
    if not isinstance(following, nn.BatchNorm2d):
        return None
    if isinstance(layer, nn.Conv2d):
        return fuse_conv_bn_eval(layer, following)
    if isinstance(layer, ShiftedConv):
        return ShiftedConv(fuse_conv_bn_eval(layer.net, following), layer.frames, layer.divisor)
    return None
