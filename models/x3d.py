"""X3D (Feichtenhofer, CVPR 2020), sizes S and L: 3D convolutions, one channel at a time where they are large.

Entry names are those of the published networks.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

_STAGES = (2, 3, 4, 5)
_REDUCTION = 16
_STRIDE = (1, 2, 2)


@dataclass(frozen=True, slots=True)
class X3DSizes:
    """Sizes of a network; the defaults are X3D-S.

    Attributes:
        stem: channels of the stem.
        widths: channels of each of the four stages.
        inner: channels inside the blocks of each stage.
        blocks: blocks of each stage.
        last: channels of the map.
        hidden: length of the clip's feature before its classifier.
        classes: number of classes.
    """

    stem: int = 24
    widths: tuple[int, ...] = (24, 48, 96, 192)
    inner: tuple[int, ...] = (54, 108, 216, 432)
    blocks: tuple[int, ...] = (3, 5, 11, 7)
    last: int = 432
    hidden: int = 2048
    classes: int = 400

    @classmethod
    def large(cls, classes: int = 400) -> "X3DSizes":
        """X3D-L."""
        return cls(blocks=(5, 10, 25, 15), classes=classes)

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> "X3DSizes":
        """Read the sizes off the shapes of a state dict.

        Raises:
            KeyError: an entry that every such network has is not there.
        """
        first = [f"s{stage}.pathway0_res0.branch2" for stage in _STAGES]
        classes, hidden = shapes["head.projection.weight"]
        return cls(
            stem=shapes["s1.pathway0_stem.conv.weight"][0],
            widths=tuple(shapes[f"{block}.c.weight"][0] for block in first),
            inner=tuple(shapes[f"{block}.a.weight"][0] for block in first),
            blocks=tuple(_count(shapes, stage) for stage in _STAGES),
            last=shapes["head.conv_5.weight"][0],
            hidden=hidden,
            classes=classes,
        )


class Stem(nn.Module):
    """Across the frame, then over time one channel at a time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_xy = nn.Conv3d(3, channels, (1, 3, 3), _STRIDE, (0, 1, 1), bias=False)
        self.conv = nn.Conv3d(channels, channels, (5, 1, 1), padding=(2, 0, 0), groups=channels, bias=False)
        self.bn = nn.BatchNorm3d(channels)
        self.relu = nn.ReLU()

    def forward(self, clip: Tensor) -> Tensor:
        """(B, 3, T, h, w) to (B, channels, T, h / 2, w / 2)."""
        out: Tensor = self.relu(self.bn(self.conv(self.conv_xy(clip))))
        return out


class SqueezeExcitation(nn.Module):
    """A factor a channel, from the means of all channels over the clip (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = _to_eights(channels / _REDUCTION)
        self.fc1 = nn.Conv3d(channels, squeezed, 1)
        self.relu = nn.ReLU()
        self.fc2 = nn.Conv3d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, T, h, w) to the same shape."""
        factors: Tensor = self.fc2(self.relu(self.fc1(x.mean((2, 3, 4), keepdim=True))))
        return x * factors.sigmoid()


class Branch(nn.Module):
    """Expand, filter each channel over time and space, weigh the channels in every other block, project."""

    def __init__(self, inputs: int, inner: int, outputs: int, first: bool, weigh: bool) -> None:
        super().__init__()
        self.a = nn.Conv3d(inputs, inner, 1, bias=False)
        self.a_bn = nn.BatchNorm3d(inner)
        self.relu = nn.ReLU()
        self.b = nn.Conv3d(inner, inner, 3, _STRIDE if first else 1, 1, groups=inner, bias=False)
        self.b_bn = nn.BatchNorm3d(inner)
        self.se = SqueezeExcitation(inner) if weigh else nn.Identity()
        self.swish = nn.SiLU()
        self.c = nn.Conv3d(inner, outputs, 1, bias=False)
        self.c_bn = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, T, h, w) to (B, outputs, T, h', w')."""
        inner = self.relu(self.a_bn(self.a(x)))
        inner = self.swish(self.se(self.b_bn(self.b(inner))))
        out: Tensor = self.c_bn(self.c(inner))
        return out


class Block(nn.Module):
    """A branch added to its input, which the first block of a stage projects."""

    def __init__(self, inputs: int, inner: int, outputs: int, number: int) -> None:
        super().__init__()
        self.projects = number == 0
        if self.projects:
            self.branch1 = nn.Conv3d(inputs, outputs, 1, _STRIDE, bias=False)
            self.branch1_bn = nn.BatchNorm3d(outputs)
        self.branch2 = Branch(inputs, inner, outputs, self.projects, weigh=number % 2 == 0)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, T, h, w) to (B, outputs, T, h', w'), half the side in the first block of a stage."""
        kept = self.branch1_bn(self.branch1(x)) if self.projects else x
        out: Tensor = self.relu(kept + self.branch2(x))
        return out


class Head(nn.Module):
    """The last convolution, and the classifier of a clip."""

    def __init__(self, inputs: int, sizes: X3DSizes) -> None:
        super().__init__()
        self.conv_5 = nn.Conv3d(inputs, sizes.last, 1, bias=False)
        self.conv_5_bn = nn.BatchNorm3d(sizes.last)
        self.relu = nn.ReLU()
        self.lin_5 = nn.Conv3d(sizes.last, sizes.hidden, 1, bias=False)
        self.projection = nn.Linear(sizes.hidden, sizes.classes)

    def maps(self, x: Tensor) -> Tensor:
        """(B, inputs, T, h, w) to the clip's maps (B, last, T, h, w)."""
        out: Tensor = self.relu(self.conv_5_bn(self.conv_5(x)))
        return out

    def logits(self, maps: Tensor) -> Tensor:
        """Maps (B, last, T, h, w) to the logits of the clip (B, classes)."""
        hidden = self.relu(self.lin_5(maps.mean((2, 3, 4), keepdim=True)))
        out: Tensor = self.projection(hidden.flatten(1))
        return out


class X3D(nn.Module):
    """The whole network; it strides in space alone, so that every frame keeps a map."""

    def __init__(self, sizes: X3DSizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.s1 = nn.Sequential(OrderedDict(pathway0_stem=Stem(sizes.stem)))
        inputs = sizes.stem
        plans = zip(_STAGES, sizes.widths, sizes.inner, sizes.blocks, strict=True)
        for stage, width, inner, blocks in plans:
            self.add_module(f"s{stage}", _stage(inputs, inner, width, blocks))
            inputs = width
        self.head = Head(inputs, sizes)

    def maps(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, T, 3, h, w) to maps (B, last, T, ceil(h / 32), ceil(w / 32))."""
        x = self.s1(frames.transpose(1, 2))
        for stage in _STAGES:
            x = self.get_submodule(f"s{stage}")(x)
        return self.head.maps(x)

    def forward(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, T, 3, h, w) to the logits of the clip (B, classes)."""
        return self.head.logits(self.maps(frames))


def _stage(inputs: int, inner: int, outputs: int, blocks: int) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(blocks):
        parts[f"pathway0_res{number}"] = Block(outputs if number else inputs, inner, outputs, number)
    return nn.Sequential(parts)


def _to_eights(channels: float) -> int:
    """The nearest multiple of 8 that takes off no more than a tenth, 8 at least."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _count(shapes: Mapping[str, tuple[int, ...]], stage: int) -> int:
    prefix = f"s{stage}.pathway0_res"
    numbers = {int(name.removeprefix(prefix).split(".", 1)[0]) for name in shapes if name.startswith(prefix)}
    if not numbers:
        raise KeyError(f"{prefix}0")
    return max(numbers) + 1
