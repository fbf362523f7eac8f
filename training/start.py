"""Trained backbones to start from: networks that know objects, or actions."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from foveate.errors import CheckpointError
from models.adafocus import AdaFocus
from models.adafocus_plus import AdaFocusPlus
from models.adafocus_tsm import AdaFocusTsm
from models.adafocus_v2 import AdaFocusV2
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.checkpoint import entries, load_checkpoint
from models.dense import Tsm, Tsn
from models.names import flat_mobilenet
from models.ocsampler import OCSampler
from models.uni_adafocus import UniAdaFocus
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_x3d import UniAdaFocusX3d
from training.config import Start

_KEYS = ("state_dict", "model_state")
_PREFIXES = ("module.", "base_model.")
_FLAT = ".conv.6."
"""A layer that a block of a MobileNetV2 only has where it is one sequence of layers."""
_OF_CLASSES = "head.projection."


def start_from(network: nn.Module, start: Start) -> None:
    """Fill the backbones of a network from files.

    A file may hold more than the backbone. Its names are torchvision's, or those of the published scripts,
    with or without the temporal shift; an X3D's last layer stays as it is where the classes are others.

    The heads on single frames of Uni-AdaFocus-X3D begin as copies of its networks' own, as published.

    Raises:
        CheckpointError: a file cannot be read or lacks an entry, or the system has no such network.
    """
    for name, path in start:
        if path is not None:
            module = _backbone(network, name)
            if module is None:
                raise CheckpointError(f"{type(network).__name__} has no {name} network to start from {path}")
            _fill(module, path)
    if isinstance(network, UniAdaFocusX3d) and (start.glance or start.focus):
        _copy_heads(network)


def _backbone(network: nn.Module, name: str) -> nn.Module | None:
    glance, focus = (getattr(network, part, None) for part in ("glance", "focus"))
    if isinstance(network, AdaFocusPlus):
        glance, focus = network.base.glance, network.base.focus
    elif isinstance(network, AdaFocusV2):
        glance = network.glance.net
    elif isinstance(network, UniAdaFocusTsm):
        glance, focus = network.glance.stream.net, network.focus.stream.net
    elif isinstance(network, AdaFocusTsm | AdaFocusV2Tsm | UniAdaFocusX3d):
        glance, focus = network.glance.net, network.focus.net
    elif isinstance(network, OCSampler):
        glance = network.glance.net
    elif isinstance(network, Tsm):
        focus = network.focus.net
    elif not isinstance(network, Tsn | UniAdaFocus | AdaFocus):
        focus = network
    return glance if name == "glance" else focus


@torch.no_grad()
def _fill(module: nn.Module, path: Path) -> None:
    content = load_checkpoint(path)
    key = next((key for key in _KEYS if key in content), "")
    found = {
        _bare(name): value for name, value in entries(content if key else {"": content}, key, path).items()
    }
    for name, own in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        value = _named(found, name)
        if value is None:
            raise CheckpointError(f"{path} lacks {name}, and is no backbone to start from")
        if value.shape == own.shape:
            own.copy_(value)
        elif not name.startswith(_OF_CLASSES):
            raise CheckpointError(f"{name} in {path} is {tuple(value.shape)}, not {tuple(own.shape)}")


@torch.no_grad()
def _copy_heads(network: UniAdaFocusX3d) -> None:
    for net, single in (
        (network.glance.net, network.glance.early),
        (network.focus.net, network.local_head),
    ):
        if single is not None:
            first, last = single[0], single[-1]
            assert isinstance(first, nn.Linear)
            assert isinstance(last, nn.Linear)
            first.weight.copy_(net.head.lin_5.weight.flatten(1))
            last.load_state_dict(net.head.projection.state_dict())


def _named(found: Mapping[str, Tensor], name: str) -> Tensor | None:
    """The entry of a file for one of a network, whose name may tell of a shift or of the other layout."""
    if any(_FLAT in one for one in found):
        name = flat_mobilenet(name)
    return found.get(name, found.get(name.replace(".net.", ".")))


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
