"""The published checkpoints of Uni-AdaFocus-TSM."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from foveate.errors import CheckpointError
from models.checkpoint import file_sha256
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import arrange, filled, incomplete, outline, take, under
from models.seeded import shapes_of
from models.uni_adafocus import UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_checkpoint import POLICIES, check_options, layout, read_entries, renamed
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


@dataclass(frozen=True, slots=True)
class UniAdaFocusTsmCheckpoint:
    """A checkpoint that has been read and found complete.

    Attributes:
        sizes: what its shapes tell; neither candidates nor focus frames are among it.
        state: state dict of a ``UniAdaFocusTsm``.
        dropped: entries left out knowingly, by their names in the file.
        sha256: of the file.
    """

    sizes: UniAdaFocusTsmSizes
    state: dict[str, Tensor]
    dropped: tuple[str, ...]
    sha256: str

    def build(self, options: UniOptions) -> UniAdaFocusTsm:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the options do not fit it.
        """
        check_options(self.sizes.policy, options)
        try:
            return filled(lambda: UniAdaFocusTsm(self.sizes, options), self.state)
        except ValueError as error:
            raise CheckpointError(f"these options do not fit the checkpoint: {error}") from error


def read_uni_adafocus_tsm(path: Path) -> UniAdaFocusTsmCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    found, left = read_entries(path, SYSTEM, _UNUSED)
    try:
        sizes = _sizes(shapes_of(found))
    except (KeyError, IndexError, ValueError) as error:
        raise incomplete(path, SYSTEM, error) from error
    model = outline(lambda: UniAdaFocusTsm(sizes, UniOptions()))
    state = take(model, found, _name, "state_dict", path)
    return UniAdaFocusTsmCheckpoint(sizes, state, tuple(left), file_sha256(path))


def uni_adafocus_tsm_layout(model: UniAdaFocusTsm, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return layout(arrange(model.state_dict(), _name), extra)


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
