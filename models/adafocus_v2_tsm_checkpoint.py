"""The published checkpoints of AdaFocusV2 for trimmed video: everything under ``state_dict``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import check_side, check_stacked, filled, under

SYSTEM = "AdaFocusV2-TSM"
_HEADS = ("global_CNN.new_new_fc.", "local_CNN.new_new_fc.")
_PREFIXES = {
    "glance.net.": "global_CNN.base_model.",
    "glance.fc.": "global_CNN.new_fc.",
    "focus.net.": "local_CNN.base_model.",
    "focus.fc.": "local_CNN.new_fc.",
    "policy.": "policy_stn.",
    "global_head.": _HEADS[0],
    "local_head.": _HEADS[1],
}
"""Where each network's entries are in a file."""


class AdaFocusV2TsmCheckpoint(FlatCheckpoint[AdaFocusV2TsmSizes]):
    """Of an ``AdaFocusV2Tsm``."""

    __slots__ = ()

    def build(self, options: AdaFocusV2TsmOptions) -> AdaFocusV2Tsm:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the patch does not fit the frame.
        """
        check_side(options.patch, self.sizes.crop)
        return filled(lambda: AdaFocusV2Tsm(self.sizes, options), self.state)


def read_adafocus_v2_tsm(path: Path) -> AdaFocusV2TsmCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, AdaFocusV2TsmCheckpoint)


def adafocus_v2_tsm_layout(model: AdaFocusV2Tsm, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _name(name: str) -> str:
    own = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
    return _PREFIXES[own] + flat_mobilenet(name.removeprefix(own))


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> AdaFocusV2TsmSizes:
    names = under(shapes, "global_CNN.base_model.").items()
    glance = MobileNetV2Channels.of({nested_mobilenet(name): shape for name, shape in names})
    encoder = EncoderSizes.of(shapes, "policy_stn.0.weight", "policy_stn.4.weight")
    check_stacked(encoder.channels, glance.last)
    return AdaFocusV2TsmSizes(
        glance=glance,
        encoder=encoder,
        policy_hidden=shapes["policy_stn.7.weight"][0],
        focus_base=shapes["local_CNN.base_model.conv1.weight"][0],
        classes=shapes["global_CNN.new_fc.weight"][0],
        auxiliary=any(name.startswith(_HEADS) for name in shapes),
    )


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=(),
    sizes=_sizes,
    network=lambda sizes: AdaFocusV2Tsm(sizes, AdaFocusV2TsmOptions(sizes.crop)),
    names=lambda name, _: _name(name),
)
