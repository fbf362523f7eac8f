"""Checkpoints of Uni-AdaFocus-X3D, in the layout that its published training code writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.flat_checkpoint import FlatCheckpoint, FlatLayout
from models.published import under
from models.uni_adafocus import UniOptions
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_checkpoint import POLICIES, built, check_options, renamed
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


class UniAdaFocusX3dCheckpoint(FlatCheckpoint[UniAdaFocusX3dSizes]):
    """Of a ``UniAdaFocusX3d``; neither candidates nor focus frames are among it."""

    __slots__ = ()

    def build(self, options: UniOptions) -> UniAdaFocusX3d:
        """The network with these weights, whose memory it shares, in evaluation mode.

        Raises:
            CheckpointError: the options do not fit it.
        """
        check_options(self.sizes.policy, options, reduction=0)
        return built(lambda: UniAdaFocusX3d(self.sizes, options), self.state)


def read_uni_adafocus_x3d(path: Path) -> UniAdaFocusX3dCheckpoint:
    """Read a checkpoint in the published layout.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    return _LAYOUT.read(path, UniAdaFocusX3dCheckpoint)


def uni_adafocus_x3d_layout(model: UniAdaFocusX3d, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights as the published scripts save them.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.

    Returns:
        What to pass to ``torch.save``.
    """
    return _LAYOUT.arrange(model, model.sizes, extra)


def _name(name: str) -> str:
    return renamed(name, _PREFIXES)


def _sizes(shapes: Mapping[str, tuple[int, ...]]) -> UniAdaFocusX3dSizes:
    return UniAdaFocusX3dSizes(
        glance=X3DSizes.of(under(shapes, "global_CNN.")),
        focus=X3DSizes.of(under(shapes, "local_CNN.")),
        policy=video_sizes(UniPolicySizes.of(shapes)),
        auxiliary=any(name.startswith(_LOCAL_HEAD) for name in shapes),
    )


_LAYOUT = FlatLayout(
    system=SYSTEM,
    unused=_UNUSED,
    sizes=_sizes,
    network=lambda sizes: UniAdaFocusX3d(sizes, UniOptions()),
    names=lambda name, _: _name(name),
)
