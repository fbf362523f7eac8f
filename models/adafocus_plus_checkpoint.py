"""Checkpoints of AdaFocus+: one of AdaFocus, and the policy that drops frames.

Nobody published any, so this layout is our own. The policy lies under ``keep_policy``, its entries named as
those under ``policy`` are (``state_encoder.{0,3}``, ``gru.*_l0``, ``actor.0`` of one output, and ``critic``,
which is not read). It is in the same file as the rest, or alone in one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from foveate.errors import CheckpointError
from models.adafocus_checkpoint import SYSTEM as BASE
from models.adafocus_checkpoint import AdaFocusCheckpoint, adafocus_of, published_layout
from models.adafocus_plus import AdaFocusPlus, KeepPolicy
from models.checkpoint import check_entries, entries, file_sha256, load_checkpoint
from models.identify import KEEP_POLICY, likely_system
from models.policy import PolicySizes
from models.published import acting, outline, refuse_other
from models.seeded import shapes_of

SYSTEM = "AdaFocus+"
_UNUSED = ("critic.",)


@dataclass(frozen=True, slots=True)
class AdaFocusPlusCheckpoint:
    """A checkpoint that has been read and found complete.

    Attributes:
        base: the AdaFocus whose frames are dropped.
        keep: state dict of the policy that drops them.
        dropped: entries left out knowingly, by their names in the files.
        keep_sha256: of the file with that policy; None for weights that come from none.
    """

    base: AdaFocusCheckpoint
    keep: dict[str, Tensor]
    dropped: tuple[str, ...]
    keep_sha256: str | None

    def build(self, patch: int, threshold: float, crop: int | None = None) -> AdaFocusPlus:
        """The network with these weights, in evaluation mode.

        Args:
            patch: side of a patch in pixels, which no checkpoint tells.
            threshold: a frame of a lower keep probability is dropped.
            crop: side of a frame in pixels; None, as published, for that of a glance.

        Raises:
            CheckpointError: no patches of this side can be cut at whole pixels as published.
        """
        model = AdaFocusPlus(self.base.build(patch, crop), threshold)
        model.keep.net.load_state_dict(self.keep)
        return model.eval()


def read_adafocus_plus(path: Path, keep: Path | None = None) -> AdaFocusPlusCheckpoint:
    """Read a checkpoint.

    Args:
        path: a checkpoint of AdaFocus, or of AdaFocus+.
        keep: file with the policy that drops frames; None where it is in the first. A file that is named is
            preferred.

    Raises:
        CheckpointError: a file cannot be read, is of another system, or is not complete.
    """
    content = load_checkpoint(path)
    if likely_system(content) != BASE:
        refuse_other(content, SYSTEM, path)
    if keep is None and KEEP_POLICY not in content:
        raise CheckpointError(
            f"{path} has no entry '{KEEP_POLICY}': name the file of the policy that drops frames with "
            "--keep-checkpoint"
        )
    base = adafocus_of(content, path)
    source = path if keep is None else keep
    published = entries(content if keep is None else load_checkpoint(keep), KEEP_POLICY, source)
    found, left = acting(published, _UNUSED)
    check_entries(found, _shapes(base.sizes.policy), KEEP_POLICY, source)
    dropped = (*base.dropped, *(f"{KEEP_POLICY}.{name}" for name in left))
    return AdaFocusPlusCheckpoint(base, found, dropped, file_sha256(source))


def keep_layout(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Arrange a keep policy's weights for a file of its own.

    Args:
        state: state dict of a ``KeepPolicy``.
    """
    return {KEEP_POLICY: {name.removeprefix("net."): tensor for name, tensor in state.items()}}


def adafocus_plus_layout(model: AdaFocusPlus, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arrange a network's weights for one file: AdaFocus as published, and the policy that drops frames.

    Args:
        model: the network.
        extra: further top-level entries, such as ``epoch``.
    """
    keep = keep_layout(model.keep.state_dict())
    return published_layout(model.base.state_dict(), keep | dict(extra or {}))


def _shapes(places: PolicySizes) -> dict[str, tuple[int, ...]]:
    return shapes_of(outline(lambda: KeepPolicy(places)).net.state_dict())
