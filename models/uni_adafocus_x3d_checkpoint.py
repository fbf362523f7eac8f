"""Checkpoints of Uni-AdaFocus-X3D, in the layout that its published training code writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from foveate.errors import CheckpointError
from models.checkpoint import file_sha256
from models.published import arrange, filled, incomplete, outline, take, under
from models.seeded import shapes_of
from models.uni_adafocus import UniOptions
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_checkpoint import POLICIES, check_options, layout, read_entries, renamed
from models.uni_policy import UniPolicySizes
from models.uni_video import video_sizes
from models.x3d import X3DSizes

SYSTEM = "Uni-AdaFocus-X3D"
_UNUSED = ("aux_head.",)
_LOCAL_HEAD = "local_CNN_head."
_PREFIXES = {
    "glance.net.": "global_CNN.",
    "glance.early.": "global_CNN_head.",
    "focus.net.": "local_CNN.",
    "local_head.": _LOCAL_HEAD,
    **POLICIES,
}


@dataclass(frozen=True, slots=True)
class UniAdaFocusX3dCheckpoint:
    """A checkpoint that has been read and found complete.

    Attributes:
        sizes: what its shapes tell; neither candidates nor focus frames are among it.
        state: state dict of a ``UniAdaFocusX3d``.
        dropped: entries left out knowingly, by their names in the file.
        sha256: of the file.
    """

    sizes: UniAdaFocusX3dSizes
    state: dict[str, Tensor]
    dropped: tuple[str, ...]
    sha256: str

    def build(self, options: UniOptions) -> UniAdaFocusX3d:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the options do not fit it.
        """
        check_options(self.sizes.policy, options, reduction=0)
        try:
            return filled(lambda: UniAdaFocusX3d(self.sizes, options), self.state)
        except ValueError as error:
            raise CheckpointError(f"these options do not fit the checkpoint: {error}") from error


def read_uni_adafocus_x3d(path: Path) -> UniAdaFocusX3dCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    found, left = read_entries(path, SYSTEM, _UNUSED)
    try:
        sizes = _sizes(shapes_of(found))
    except (KeyError, IndexError, ValueError) as error:
        raise incomplete(path, SYSTEM, error) from error
    model = outline(lambda: UniAdaFocusX3d(sizes, UniOptions()))
    state = take(model, found, _name, "state_dict", path)
    return UniAdaFocusX3dCheckpoint(sizes, state, tuple(left), file_sha256(path))


def uni_adafocus_x3d_layout(model: UniAdaFocusX3d, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return layout(arrange(model.state_dict(), _name), extra)


def _name(name: str) -> str:
    return renamed(name, _PREFIXES)


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> UniAdaFocusX3dSizes:
    return UniAdaFocusX3dSizes(
        glance=X3DSizes.of(under(shapes, "global_CNN.")),
        focus=X3DSizes.of(under(shapes, "local_CNN.")),
        policy=video_sizes(UniPolicySizes.of(shapes)),
        auxiliary=any(name.startswith(_LOCAL_HEAD) for name in shapes),
    )
