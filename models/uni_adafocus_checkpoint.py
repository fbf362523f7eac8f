"""The published checkpoints of Uni-AdaFocus for untrimmed video."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import under
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes, UniOptions
from models.uni_checkpoint import POLICIES, built, check_options, renamed
from models.uni_policy import UniPolicySizes

SYSTEM = "Uni-AdaFocus"
_UNUSED = ("global_CNN.classifier.", "local_CNN.fc.", "aux_fc.")
_HEADS = ("global_CNN_fc.1.", "local_CNN_fc.1.")
_PREFIXES = {
    "glance.": "global_CNN.",
    "focus.": "local_CNN.",
    **POLICIES,
    "classifier.glance_embedding.": "classifier.global_mlp.layers.",
    "classifier.focus_embedding.": "classifier.local_mlp.layers.",
    "global_head.": _HEADS[0],
    "local_head.": _HEADS[1],
}
_STEPS = {
    "classifier.glance_layers.": "classifier.global_classifiers.",
    "classifier.focus_layers.": "classifier.local_classifiers.",
}
"""Layers that a file has one by one."""


class UniAdaFocusCheckpoint(FlatCheckpoint[UniAdaFocusSizes]):
    """Of a ``UniAdaFocus``."""

    __slots__ = ()

    def build(self, options: UniOptions) -> UniAdaFocus:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the options do not fit it.
        """
        check_options(self.sizes.policy, options)
        return built(lambda: UniAdaFocus(self.sizes, options), self.state)


def read_uni_adafocus(path: Path) -> UniAdaFocusCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, UniAdaFocusCheckpoint)


def uni_adafocus_layout(model: UniAdaFocus, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _any_options(sizes: UniAdaFocusSizes) -> UniOptions:
    return UniOptions(candidates=sizes.policy.glance_frames * max(3, sizes.focus_frames))


def _names(name: str, sizes: UniAdaFocusSizes) -> str | list[str]:
    for own, published in _STEPS.items():
        if name.startswith(own):
            steps = sizes.policy.glance_frames if "glance" in own else sizes.focus_frames
            return [f"{published}{step}.1.{name.removeprefix(own)}" for step in range(steps)]
    return flat_mobilenet(renamed(name, _PREFIXES))


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> UniAdaFocusSizes:
    glance = {nested_mobilenet(name): shape for name, shape in under(shapes, "global_CNN.").items()}
    classes, embedding = shapes["classifier.global_classifiers.0.1.weight"]
    glances = _count(shapes, _STEPS["classifier.glance_layers."])
    return UniAdaFocusSizes(
        glance=MobileNetV2Channels.of(glance),
        policy=UniPolicySizes.of(shapes, glances),
        focus_base=shapes["local_CNN.conv1.weight"][0],
        focus_frames=_count(shapes, _STEPS["classifier.focus_layers."]),
        embedding=embedding,
        classes=classes,
        auxiliary=any(name.startswith(_HEADS) for name in shapes),
    )


def _count(shapes: Mapping[str, tuple[int, ...]], prefix: str) -> int:
    steps = {int(name.split(".", 1)[0]) for name in under(shapes, prefix)}
    if not steps:
        raise KeyError(f"{prefix}0.1.weight")
    return max(steps) + 1


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=_UNUSED,
    sizes=_sizes,
    network=lambda sizes: UniAdaFocus(sizes, _any_options(sizes)),
    names=_names,
)
