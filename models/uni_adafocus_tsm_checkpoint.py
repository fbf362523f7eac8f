"""The published checkpoints of Uni-AdaFocus-TSM."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import under
from models.uni_adafocus import UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_checkpoint import POLICIES, built, check_options, renamed
from models.uni_policy import UniPolicySizes
from models.uni_video import video_sizes

SYSTEM = "Uni-AdaFocus-TSM"
_UNUSED = ("aux_fc.",)
_LOCAL_HEAD = "local_CNN.new_new_fc."
_PREFIXES = {
    "glance.stream.net.": "global_CNN.base_model.",
    "glance.stream.fc.": "global_CNN.new_fc.",
    "glance.early.": "global_CNN.new_new_fc.",
    "focus.stream.net.": "local_CNN.base_model.",
    "focus.stream.fc.": "local_CNN.new_fc.",
    "local_head.": _LOCAL_HEAD,
    **POLICIES,
}


class UniAdaFocusTsmCheckpoint(FlatCheckpoint[UniAdaFocusTsmSizes]):
    """Of a ``UniAdaFocusTsm``; neither candidates nor focus frames are among it."""

    __slots__ = ()

    def build(self, options: UniOptions) -> UniAdaFocusTsm:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the options do not fit it.
        """
        check_options(self.sizes.policy, options)
        return built(lambda: UniAdaFocusTsm(self.sizes, options), self.state)


def read_uni_adafocus_tsm(path: Path) -> UniAdaFocusTsmCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, UniAdaFocusTsmCheckpoint)


def uni_adafocus_tsm_layout(model: UniAdaFocusTsm, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _name(name: str) -> str:
    return flat_mobilenet(renamed(name, _PREFIXES))


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> UniAdaFocusTsmSizes:
    names = under(shapes, "global_CNN.base_model.").items()
    return UniAdaFocusTsmSizes(
        glance=MobileNetV2Channels.of({nested_mobilenet(name): shape for name, shape in names}),
        policy=video_sizes(UniPolicySizes.of(shapes)),
        focus_base=shapes["local_CNN.base_model.conv1.weight"][0],
        classes=shapes["global_CNN.new_fc.weight"][0],
        auxiliary=any(name.startswith(_LOCAL_HEAD) for name in shapes),
    )


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=_UNUSED,
    sizes=_sizes,
    network=lambda sizes: UniAdaFocusTsm(sizes, UniOptions()),
    names=lambda name, _: _name(name),
)
