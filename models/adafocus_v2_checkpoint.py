"""The published checkpoints of AdaFocusV2 for untrimmed video: everything under ``state_dict``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foveate.errors import CheckpointError
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import check_side, filled, under

SYSTEM = "AdaFocusV2"
_UNUSED = ("global_CNN.classifier.", "global_CNN.fc.", "local_CNN.fc.")
"""Heads the backbones came with, of 1000 outputs whatever the classes are."""
_HEADS = ("global_CNN_fc.", "local_CNN_fc.")
_OF_STEP = re.compile(r"classifier\.classifiers\.(\d+)\.1\.weight$")
_PREFIXES = {
    "glance.net.": "global_CNN.",
    "focus.": "local_CNN.",
    "policy.": "policy_stn.",
    "classifier.": "classifier.mlp.",
    "global_head.": "global_CNN_fc.1.",
    "local_head.": "local_CNN_fc.1.",
}
"""Where each network's entries are in a file."""


class AdaFocusV2Checkpoint(FlatCheckpoint[AdaFocusV2Sizes]):
    """Of an ``AdaFocusV2``."""

    __slots__ = ()

    def build(self, options: AdaFocusV2Options) -> AdaFocusV2:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the patch does not fit the frame, the frame not the glance network, or there is
                no bisection order of so few steps.
        """
        check_side(options.patch, options.crop)
        if isinstance(self.sizes.glance, MobileNetV2Channels) and options.crop < self.sizes.glance_side:
            raise CheckpointError(f"the glance network takes frames of {self.sizes.glance_side} or more")
        if options.bisect and self.sizes.steps < 3:
            raise CheckpointError(f"there is no bisection order of {self.sizes.steps} steps")
        return filled(lambda: AdaFocusV2(self.sizes, options), self.state)


def read_adafocus_v2(path: Path) -> AdaFocusV2Checkpoint:
    """Read a checkpoint in the published layout, with either glance network.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, AdaFocusV2Checkpoint)


def adafocus_v2_layout(model: AdaFocusV2, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries.

    Returns:
        What to pass to ``torch.save``; heads that are used nowhere are left out.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _name(name: str, sizes: AdaFocusV2Sizes) -> str | list[str]:
    stacked = {"classifier.weights": "weight", "classifier.biases": "bias"}
    if name in stacked:
        return [f"classifier.classifiers.{step}.1.{stacked[name]}" for step in range(sizes.steps)]
    own = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
    return _PREFIXES[own] + flat_mobilenet(name.removeprefix(own))


def _backbone(shapes: Mapping[str, tuple[int, ...]], prefix: str) -> MobileNetV2Channels | int:
    """The channels of a MobileNetV2, or the base width of a ResNet-50."""
    if not any(name.startswith(f"{prefix}features.") for name in shapes):
        return shapes[f"{prefix}conv1.weight"][0]
    own = under(shapes, prefix).items()
    return MobileNetV2Channels.of({nested_mobilenet(name): shape for name, shape in own})


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> AdaFocusV2Sizes:
    numbers = [int(match[1]) for match in map(_OF_STEP.match, shapes) if match]
    return AdaFocusV2Sizes(
        glance=_backbone(shapes, "global_CNN."),
        policy=PlacePolicySizes(
            encoder=EncoderSizes.of(shapes, "policy_stn.encoder.0.weight", "policy_stn.encoder.4.weight"),
            hidden=shapes["policy_stn.gru.weight_hh_l0"][1],
        ),
        focus_base=_backbone(shapes, "local_CNN."),
        classifier_width=shapes["classifier.mlp.layers.0.weight"][0],
        classes=shapes["classifier.classifiers.0.1.weight"][0],
        steps=max(numbers) + 1,
        auxiliary=any(name.startswith(_HEADS) for name in shapes),
    )


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=_UNUSED,
    sizes=_sizes,
    network=lambda sizes: AdaFocusV2(sizes, AdaFocusV2Options(sizes.glance_side, bisect=False)),
    names=_name,
)
