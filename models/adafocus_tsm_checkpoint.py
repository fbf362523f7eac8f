"""The published checkpoints of AdaFocus for trimmed video.

A file has its networks under ``glancer``, ``focuser``, ``fc`` and ``policy``; ``model_state_dict`` repeats
them and is not read, as the published evaluation does not read it. One place for a whole video is taken for
granted: no other model was published, and a file does not tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from foveate.errors import CheckpointError
from models.adafocus_tsm import CONTINUOUS_OUTPUTS, AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_tsm_policy import VideoPolicySizes
from models.checkpoint import entries, file_sha256, load_checkpoint
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet, sequence_resnet
from models.place import TABLES
from models.published import (
    Names,
    acting,
    arrange,
    check_side,
    check_stacked,
    filled,
    incomplete,
    one_of,
    outline,
    refuse_other,
    take,
    under,
)
from models.seeded import shapes_of

SYSTEM = "AdaFocus-TSM"
_UNUSED = {"glancer": (), "focuser": ("policy.",), "fc": (), "policy": ("critic.",)}
"""Entries that play no part in inference, under each top-level key that is read."""


@dataclass(frozen=True, slots=True)
class AdaFocusTsmCheckpoint:
    """A checkpoint that has been read and found complete.

    Attributes:
        sizes: what its shapes tell.
        state: state dict of an ``AdaFocusTsm``.
        dropped: entries left out knowingly, by their names in the file.
        sha256: of the file.
    """

    sizes: AdaFocusTsmSizes
    state: dict[str, Tensor]
    dropped: tuple[str, ...]
    sha256: str

    def build(self, options: AdaFocusTsmOptions) -> AdaFocusTsm:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the patch does not fit the frame.
        """
        check_side(options.patch, self.sizes.crop)
        return filled(lambda: AdaFocusTsm(self.sizes, options), self.state)


def read_adafocus_tsm(path: Path) -> AdaFocusTsmCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    content = load_checkpoint(path)
    refuse_other(content, SYSTEM, path)
    if {"glancer", "focuser", "fc"} <= content.keys() and content.get("policy") is None:
        raise CheckpointError(
            f"{path} has no policy: it is of the first stage of training, where patches lie at random"
        )
    found: dict[str, dict[str, Tensor]] = {}
    dropped: list[str] = []
    for key, unused in _UNUSED.items():
        found[key], left = acting(entries(content, key, path), unused)
        dropped += [f"{key}.{name}" for name in left]
    try:
        sizes = _sizes({key: shapes_of(state) for key, state in found.items()}, path)
    except (KeyError, IndexError, ValueError) as error:
        raise incomplete(path, SYSTEM, error) from error
    model = outline(lambda: AdaFocusTsm(sizes, AdaFocusTsmOptions(sizes.crop)))
    state: dict[str, Tensor] = {}
    for key, (prefix, part, names) in _parts(model).items():
        taken = take(part, found[key], names, key, path)
        state |= {prefix + name: tensor for name, tensor in taken.items()}
    return AdaFocusTsmCheckpoint(sizes, state, tuple(dropped), file_sha256(path))


def adafocus_tsm_layout(model: AdaFocusTsm, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``; what only training needs is left out.
    """
    state = model.state_dict()
    parts = {key: arrange(under(state, prefix), names) for key, (prefix, _, names) in _parts(model).items()}
    return {**parts, **(extra or {})}


def _parts(model: AdaFocusTsm) -> dict[str, tuple[str, nn.Module, Names]]:
    """For each top-level key: where its network is in the model, that network, and the published names."""
    return {
        "glancer": ("glance.", model.glance, _glance_name),
        "focuser": ("focus.net.", model.focus.net, _focus_name),
        "fc": ("focus.fc.", model.focus.fc, str),
        "policy": ("policy.", model.policy, str),
    }


def _glance_name(name: str) -> str:
    if name.startswith("fc."):
        return f"net.classifier.{name.removeprefix('fc.')}"
    return flat_mobilenet(name)


def _focus_name(name: str) -> str:
    return f"net.base_model.{sequence_resnet(name)}"


def _sizes(shapes: Mapping[str, Mapping[str, tuple[int, ...]]], path: Path) -> AdaFocusTsmSizes:
    policy = shapes["policy"]
    glance = {nested_mobilenet(name): shape for name, shape in under(shapes["glancer"], "net.").items()}
    norms = "state_encoder.1.weight" in policy
    linear = f"state_encoder.{4 if norms else 3}.weight"
    outputs = policy["actor.0.weight"][0]
    one_of(outputs, (CONTINUOUS_OUTPUTS, *TABLES), "the number of outputs of the policy", path)
    channels = MobileNetV2Channels.of(glance)
    encoder = EncoderSizes.of(policy, "state_encoder.0.weight", linear)
    check_stacked(encoder.channels, channels.last)
    return AdaFocusTsmSizes(
        glance=channels,
        policy=VideoPolicySizes(
            encoder=encoder,
            norms=norms,
            hidden=policy["gru.weight_hh_l0"][1],
            outputs=outputs,
        ),
        focus_base=shapes["focuser"]["net.base_model.0.weight"][0],
        classes=shapes["fc"]["weight"][0],
    )
