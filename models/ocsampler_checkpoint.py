"""The published checkpoints of OCSampler: a state dict as mmcv saves it, names without ``module.``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foveate.errors import CheckpointError
from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import sequence_resnet
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.published import filled

SYSTEM = "OCSampler"
_BLOCKS = (1, 2, 3, 4, 3, 3, 1)
_ENDS = {"features.0.": "conv1.", "features.18.": "conv2."}
_BLOCK = re.compile(r"features\.(\d+)\.conv\.(.+?)(\.net)?\.([a-z_]+)$")
_LAYERS = {
    "0.0": "0.conv",
    "0.1": "0.bn",
    "1.0": "1.conv",
    "1.1": "1.bn",
    "2": "2.conv",
    "3": "2.bn",
}
_FIRST = {"0.0": "0.conv", "0.1": "0.bn", "1": "1.conv", "2": "1.bn"}
_PREFIXES = {
    "policy.logit.": "sampler.logit.",
    "classifier.layers.": "cls_head.layers.",
    "classifier.fc.": "cls_head.fc.",
}
_GLANCE, _FOCUS = "glance.net.", "focus."


class OCSamplerCheckpoint(FlatCheckpoint[OCSamplerSizes]):
    """Of an ``OCSampler``."""

    __slots__ = ()

    def build(self, options: OCSamplerOptions) -> OCSampler:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: more frames are to be kept than there are, or the divisor is no number of parts.
        """
        if not 1 <= options.keep <= options.frames:
            raise CheckpointError(f"{options.keep} of {options.frames} frames cannot be kept")
        if options.divisor < 2:
            raise CheckpointError(f"a shift divisor of {options.divisor} leaves no channel in its place")
        return filled(lambda: OCSampler(self.sizes, options), self.state)


def read_ocsampler(path: Path) -> OCSamplerCheckpoint:
    """Read a checkpoint in the published layout, with a ResNet-50 as its classifier.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, OCSamplerCheckpoint)


def ocsampler_layout(model: OCSampler, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as mmcv saves them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``meta``.

    Returns:
        What to pass to ``torch.save``.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _name(name: str) -> str:
    if name.startswith(_GLANCE):
        return f"sampler.{_skim_name(name.removeprefix(_GLANCE))}"
    if name.startswith(_FOCUS):
        return f"backbone.model.{sequence_resnet(name.removeprefix(_FOCUS))}"
    own = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
    return _PREFIXES[own] + name.removeprefix(own)


def _skim_name(name: str) -> str:
    """A MobileNetV2's entry by mmcv's names; where there is a shift, both layers behind it are under net."""
    for own, published in _ENDS.items():
        if name.startswith(own):
            layer, entry = name.removeprefix(own).split(".")
            return f"{published}{'conv' if layer == '0' else 'bn'}.{entry}"
    match = _BLOCK.match(name)
    if match is None:
        raise ValueError(name)
    stage, number = _place(int(match[1]))
    layer = (_FIRST if stage == 1 else _LAYERS)[match[2]]
    if layer.startswith("0.") and number and stage > 1:
        layer = layer.replace("0.", "0.net.", 1)
    return f"layer{stage}.{number}.conv.{layer}.{match[4]}"


def _place(block: int) -> tuple[int, int]:
    """Stage of a block, from 1, and its number in the stage; only later blocks have a residual."""
    block -= 1
    for stage, blocks in enumerate(_BLOCKS, 1):
        if block < blocks:
            return stage, block
        block -= blocks
    raise ValueError(block)


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> OCSamplerSizes:
    ends = [
        shapes[f"sampler.layer{stage}.0.conv.{1 if stage == 1 else 2}.conv.weight"][0]
        for stage in range(1, len(_BLOCKS) + 1)
    ]
    skim = MobileNetV2Channels(
        shapes["sampler.conv1.conv.weight"][0], tuple(ends), shapes["sampler.conv2.conv.weight"][0]
    )
    classes, width = shapes["cls_head.fc.weight"]
    return OCSamplerSizes(skim, shapes["backbone.model.0.weight"][0], width, classes)


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=(),
    sizes=_sizes,
    network=lambda sizes: OCSampler(sizes, OCSamplerOptions()),
    names=lambda name, _: _name(name),
    prefix="",
)
