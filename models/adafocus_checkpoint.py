"""The published checkpoints of AdaFocus for untrimmed video.

A file has its networks under ``glancer``, ``focuser``, ``fc`` and ``policy``, and once more under
``model_state_dict``, which is not read, as the published evaluation does not read it. The acting policy is
the one under ``policy``: the published evaluation copies it over the one inside ``focuser``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from foveate.errors import CheckpointError
from models.adafocus import AdaFocus, AdaFocusSizes
from models.checkpoint import check_entries, entries, file_sha256, load_checkpoint
from models.mobilenet_v2 import MobileNetV2Channels
from models.places import TABLES, exact
from models.policy import PolicySizes
from models.published import refuse_other
from models.seeded import shapes_of

SYSTEM = "AdaFocus"
_PARTS = {"glancer": "glance", "policy": "policy", "focuser": "focus", "fc": "classifier"}
"""Top-level keys that are read, and the network each one is for."""

_TRAINING_ONLY = {
    "glancer": ("net.classifier.",),
    "focuser": ("net.fc.", "policy.policy.", "policy.policy_old."),
    "policy": ("critic.",),
    "fc": (),
}
"""Entries that play no part in inference: heads of the backbones, copies of the policy, its critic."""


@dataclass(frozen=True, slots=True)
class AdaFocusCheckpoint:
    """A checkpoint that has been read and found complete.

    Attributes:
        sizes: what its shapes tell.
        states: state dict of each network, by its name in ``AdaFocus``.
        dropped: entries left out knowingly, by their names in the file.
        sha256: of the file; None for weights that come from none.
    """

    sizes: AdaFocusSizes
    states: dict[str, dict[str, Tensor]]
    dropped: tuple[str, ...]
    sha256: str | None

    def build(self, patch: int, crop: int | None = None) -> AdaFocus:
        """The network with these weights, in evaluation mode.

        Args:
            patch: side of a patch in pixels, which no checkpoint tells.
            crop: side of a frame in pixels; None, as published, for that of a glance.

        Raises:
            CheckpointError: no patches of this side can be cut at whole pixels as published, or the frame is
                smaller than a glance.
        """
        check_patch(self.sizes, patch, crop)
        model = AdaFocus(self.sizes, patch, crop)
        for part, state in self.states.items():
            # Counters of training batches are dropped; their value means nothing in evaluation.
            getattr(model, part).load_state_dict(state, strict=False)
        return model.eval()


def read_adafocus(path: Path) -> AdaFocusCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    content = load_checkpoint(path)
    refuse_other(content, SYSTEM, path)
    return adafocus_of(content, path)


def adafocus_of(content: Mapping[str, Any], path: Path) -> AdaFocusCheckpoint:
    """The same of a file's top level, which may have entries of other systems besides.

    Raises:
        CheckpointError: it is not complete.
    """
    if "policy" in content and content["policy"] is None:
        raise CheckpointError(
            f"{path} has no policy: it is of the first stage of training, where patches lie at random"
        )
    found: dict[str, dict[str, Tensor]] = {}
    dropped: list[str] = []
    for key in _PARTS:
        found[key], left = _acting(entries(content, key, path), key)
        dropped += left
    sizes = _sizes(found, path)
    model = AdaFocus(sizes, sizes.glance_side)
    for key, part in _PARTS.items():
        wanted = getattr(model, part).state_dict()
        counted = {name: tensor for name, tensor in wanted.items() if not _counter(name)}
        check_entries(found[key], shapes_of(counted), key, path)
    states = {part: found[key] for key, part in _PARTS.items()}
    return AdaFocusCheckpoint(sizes, states, tuple(dropped), file_sha256(path))


def check_patch(sizes: AdaFocusSizes, patch: int, crop: int | None = None) -> None:
    """Refuse a patch side that the published arithmetic does not give whole, unambiguous corners for.

    Args:
        sizes: of the networks.
        patch: side of a patch in pixels.
        crop: side of a frame in pixels; None for that of a glance.

    Raises:
        CheckpointError: the side is no multiple of 16 or is larger than the frame, or the frame is smaller
            than a glance.
    """
    crop = sizes.glance_side if crop is None else crop
    if crop < sizes.glance_side:
        raise CheckpointError(f"the glance network takes frames of {sizes.glance_side} or more")
    if patch % 16 or not 32 <= patch <= crop:
        raise CheckpointError(f"a patch side of {patch} is no multiple of 16 between 32 and {crop}")
    if not exact(sizes.policy.candidates, crop, patch):
        raise CheckpointError(f"a patch side of {patch} has no exact corners in a frame of {crop}")


def _acting(state: Mapping[str, Tensor], key: str) -> tuple[dict[str, Tensor], list[str]]:
    """The entries that act, without the prefix ``net.``, and the names of those left out."""
    kept, left = {}, []
    for name, tensor in state.items():
        if name.startswith(_TRAINING_ONLY[key]) or _counter(name):
            left.append(f"{key}.{name}")
        else:
            kept[name.removeprefix("net.")] = tensor.float()
    return kept, left


def _counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _sizes(found: Mapping[str, Mapping[str, Tensor]], path: Path) -> AdaFocusSizes:
    shapes = {key: shapes_of(state) for key, state in found.items()}
    if "state_encoder.0.weight" in shapes["policy"] and len(shapes["policy"]["state_encoder.0.weight"]) == 2:
        raise CheckpointError(f"{path} has a policy without convolution, which was never published")
    try:
        return _read_sizes(shapes, path)
    except (KeyError, IndexError, ValueError) as error:
        raise CheckpointError(f"{path} is of AdaFocus but not complete: {error} is missing or odd") from error


def _read_sizes(shapes: Mapping[str, Mapping[str, tuple[int, ...]]], path: Path) -> AdaFocusSizes:
    policy, head = shapes["policy"], shapes["fc"]
    glance = MobileNetV2Channels.of(shapes["glancer"])
    squeezed, channels = policy["state_encoder.0.weight"][:2]
    encoded, flat = policy["state_encoder.3.weight"]
    candidates = policy["actor.0.weight"][0]
    if candidates not in TABLES:
        raise CheckpointError(f"the policy in {path} has {candidates} places; published: {_numbers(TABLES)}")
    sizes = PolicySizes(
        channels=channels,
        map_side=math.isqrt(flat // squeezed),
        squeezed=squeezed,
        encoded=encoded,
        hidden=policy["gru.weight_hh_l0"][1],
        candidates=candidates,
    )
    base, length = _focus(shapes["focuser"])
    hidden = head["gru.weight_hh_l0"][1] if "gru.weight_hh_l0" in head else None
    features = head["fc.weight" if hidden is None else "gru.weight_ih_l0"][1]
    if features == length:
        raise CheckpointError(f"{path} was trained without the glance features, which was never published")
    return AdaFocusSizes(glance, sizes, base, hidden, head["fc.weight"][0])


def _focus(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int | MobileNetV2Channels, int]:
    """The base width of a ResNet-50 or the channels of a MobileNetV2, and the length of a feature."""
    if "features.0.0.weight" in shapes:
        channels = MobileNetV2Channels.of(shapes)
        return channels, channels.last
    base = shapes["conv1.weight"][0]
    return base, base * 32


def _numbers(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))


def published_layout(state: Mapping[str, Tensor], extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        state: state dict of an ``AdaFocus``.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``; copies that only training needs are left out.
    """
    prefixes = {"glancer": "net.", "focuser": "net.", "policy": "", "fc": ""}
    parts = {
        key: {
            prefixes[key] + name.removeprefix(f"{part}."): tensor
            for name, tensor in state.items()
            if name.startswith(f"{part}.")
        }
        for key, part in _PARTS.items()
    }
    return {**parts, **(extra or {})}
