"""Checkpoints of dense networks: torchvision's ResNet-50, the TSM project's, SlowFast's X3D.

The TSM project saves one backbone a file, under ``state_dict``, as ``module.base_model.*`` and
``module.new_fc.*``, with or without the shift. SlowFast saves under ``model_state``. torchvision's file is
the state dict itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from foveate.errors import CheckpointError
from models.checkpoint import entries, file_sha256, load_checkpoint
from models.dense import Tsm, TsmPlus, TsmPlusSizes, Tsn
from models.identify import likely_system
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet
from models.published import acting, filled, incomplete, outline, take, under
from models.seeded import shapes_of
from models.streams import FocusStream, GlanceStream
from models.x3d import X3D, X3DSizes

_BASE, _HEAD = "base_model.", "new_fc."
_BACKBONE = "a TSM backbone"


@dataclass(frozen=True, slots=True)
class ResNetCheckpoint:
    """A ResNet-50 and its last layer.

    Attributes:
        base: base width of the network.
        classes: outputs of the last layer.
        shifted: whether it was saved with the temporal shift.
        state: state dict of a ``FocusStream``, with or without the shift.
        sha256: of the file.
    """

    base: int
    classes: int
    shifted: bool
    state: dict[str, Tensor]
    sha256: str

    def tsn(self) -> Tsn:
        """The baseline that treats frames one by one, in evaluation mode.

        Raises:
            CheckpointError: the network was trained with the shift.
        """
        if self.shifted:
            raise CheckpointError("this ResNet-50 was trained with the temporal shift; it is no TSN")
        renamed = {
            name.replace("net.", "focus.", 1) if name.startswith("net.") else f"classifier.{name}": value
            for name, value in self.state.items()
        }
        return filled(lambda: Tsn(self.classes, self.base), renamed)

    def tsm(self, frames: int, divisor: int = 8) -> Tsm:
        """The baseline with the temporal shift over ``frames`` frames, in evaluation mode.

        Raises:
            CheckpointError: the network was trained without the shift.
        """
        self.require_shift()
        state = {f"focus.{name}": value for name, value in self.state.items()}
        return filled(lambda: Tsm(self.classes, frames, divisor, self.base), state)

    def require_shift(self) -> None:
        """Refuse a network that was trained without the shift.

        Raises:
            CheckpointError: it was.
        """
        if not self.shifted:
            raise CheckpointError("this ResNet-50 was trained without the temporal shift")


@dataclass(frozen=True, slots=True)
class MobileNetCheckpoint:
    """A MobileNetV2 with the temporal shift and its last layer.

    Attributes:
        channels: of the network.
        classes: outputs of the last layer.
        state: state dict of a ``GlanceStream``.
        sha256: of the file.
    """

    channels: MobileNetV2Channels
    classes: int
    state: dict[str, Tensor]
    sha256: str


def read_torchvision_resnet(path: Path) -> ResNetCheckpoint:
    """Read a ResNet-50 with torchvision's names, as a bare state dict or under ``state_dict``.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    content = load_checkpoint(path)
    state = (
        entries(content, "state_dict", path) if "state_dict" in content else entries({"": content}, "", path)
    )
    found, _ = acting({name.removeprefix("module."): value for name, value in state.items()}, ())
    return _resnet(found, lambda name: name.removeprefix("net."), "state dict", path)


def read_tsm_resnet(path: Path) -> ResNetCheckpoint:
    """Read a ResNet-50 as the TSM project saves it.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    found = _tsm_entries(path)
    return _resnet(found, _tsm_name, "state_dict", path)


def read_tsm_mobilenet(path: Path) -> MobileNetCheckpoint:
    """Read a MobileNetV2 with the temporal shift as the TSM project saves it.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    found = _tsm_entries(path)
    shapes = shapes_of(found)
    try:
        names = {nested_mobilenet(name): shape for name, shape in under(shapes, _BASE).items()}
        channels, classes = MobileNetV2Channels.of(names), shapes[f"{_HEAD}weight"][0]
    except (KeyError, IndexError, ValueError) as error:
        raise incomplete(path, "a TSM MobileNetV2", error) from error
    model = outline(lambda: GlanceStream(channels, classes, 8))
    state = take(model, found, lambda name: flat_mobilenet(_tsm_name(name)), "state_dict", path)
    return MobileNetCheckpoint(channels, classes, state, file_sha256(path))


def build_tsm_plus(
    glance: MobileNetCheckpoint,
    focus: ResNetCheckpoint,
    glance_frames: int = 8,
    focus_frames: int = 12,
    divisor: int = 8,
) -> TsmPlus:
    """TSM+ from its two backbones, in evaluation mode.

    Raises:
        CheckpointError: they have not the same number of classes, or the second was trained without shift.
    """
    focus.require_shift()
    if glance.classes != focus.classes:
        raise CheckpointError(f"one backbone has {glance.classes} classes and the other {focus.classes}")
    sizes = TsmPlusSizes(glance.channels, focus.base, glance.classes, glance_frames, focus_frames, divisor)
    state = {f"glance.{name}": value for name, value in glance.state.items()}
    state |= {f"focus.{name}": value for name, value in focus.state.items()}
    return filled(lambda: TsmPlus(sizes), state)


def read_x3d(path: Path) -> X3D:
    """Read an X3D as SlowFast saves it, or as a bare state dict, in evaluation mode.

    Raises:
        CheckpointError: it cannot be read, is of another system, or is not complete.
    """
    content = load_checkpoint(path)
    wrapped = "model_state" in content
    state = entries(content if wrapped else {"model_state": content}, "model_state", path)
    found, _ = acting({name.removeprefix("module."): value for name, value in state.items()}, ())
    try:
        sizes = X3DSizes.of(shapes_of(found))
    except (KeyError, IndexError, ValueError) as error:
        raise incomplete(path, "X3D", error) from error
    return filled(lambda: X3D(sizes), take(outline(lambda: X3D(sizes)), found, str, "model_state", path))


def tsm_layout(model: Tsn | Tsm) -> dict[str, Any]:
    """Arrange a ResNet-50 with or without the shift as the TSM project saves one, for ``torch.save``."""
    return {
        "state_dict": {f"module.{_dense_name(name)}": value for name, value in model.state_dict().items()}
    }


def x3d_layout(model: X3D) -> dict[str, Any]:
    """Arrange an X3D as SlowFast saves it, for ``torch.save``."""
    return {"model_state": model.state_dict()}


def _dense_name(name: str) -> str:
    stream = name.removeprefix("focus.").removeprefix("classifier.").removeprefix("net.")
    return f"{_HEAD}{stream.removeprefix('fc.')}" if stream.startswith("fc.") else f"{_BASE}{stream}"


def _tsm_entries(path: Path) -> dict[str, Tensor]:
    content = load_checkpoint(path)
    likely = likely_system(content)
    if likely not in (None, _BACKBONE):
        raise CheckpointError(f"{path} is not a backbone as the TSM project saves one; it is of {likely}")
    state = entries(content, "state_dict", path)
    found, _ = acting({name.removeprefix("module."): value for name, value in state.items()}, ())
    return found


def _tsm_name(name: str) -> str:
    if name.startswith("net."):
        return _BASE + name.removeprefix("net.")
    return _HEAD + name.removeprefix("fc.")


def _resnet(
    found: Mapping[str, Tensor], names: Callable[[str], str], key: str, path: Path
) -> ResNetCheckpoint:
    shifted = any(".conv1.net." in name for name in found)
    shapes = shapes_of(found)
    try:
        base, classes = shapes[names("net.conv1.weight")][0], shapes[names("fc.weight")][0]
    except (KeyError, IndexError) as error:
        raise incomplete(path, "a ResNet-50", error) from error
    model: nn.Module = outline(lambda: _stream(base, classes, shifted))
    return ResNetCheckpoint(base, classes, shifted, take(model, found, names, key, path), file_sha256(path))


def _stream(base: int, classes: int, shifted: bool) -> nn.Module:
    if shifted:
        return FocusStream(base, classes, 8)
    tsn = Tsn(classes, base)
    plain = nn.Module()
    plain.net, plain.fc = tsn.focus, tsn.classifier.fc
    return plain
