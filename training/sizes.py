"""Sizes of the networks of a run, for each system that can be trained; the defaults are the published ones.

Only ``adafocus-v2``, which needs no name, is small where nothing is said.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from training.part import Count, Part

DEFAULT = "adafocus-v2"
STAGED = (DEFAULT, "adafocus", "adafocus-plus", "adafocus-tsm")
"""Systems that the stages of AdaFocus train."""
Side = Annotated[int, Field(multiple_of=32, ge=32)]


class MobileNet(Part):
    """A MobileNetV2: its width, of the published one, and the channels of its map."""

    width: Annotated[float, Field(gt=0)] = 1.0
    last: Count = 1280


class Convolutions(Part):
    """An X3D, as large as X3D-S."""

    stem: Count = 24
    widths: tuple[Count, Count, Count, Count] = (24, 48, 96, 192)
    inner: tuple[Count, Count, Count, Count] = (54, 108, 216, 432)
    blocks: tuple[Count, Count, Count, Count] = (3, 5, 11, 7)
    last: Count = 432
    hidden: Count = 2048


class Sizes(Part):
    """AdaFocusV2 for untrimmed video.

    The glance network is a ResNet-50 of few channels on frames made smaller, or, where ``glance`` is given, a
    MobileNetV2; ``glance_base`` is then not read. ``glance_side`` is the side of what it sees: 96 for the
    first and the crop for the second, where nothing is said. The focus network is a ResNet-50, as published,
    or, where ``focus`` is given, a MobileNetV2.
    """

    system: Literal["adafocus-v2"] = "adafocus-v2"
    frames: Annotated[int, Field(ge=3)] = 8
    crop: Count = 224
    patch: Count = 64
    glance: MobileNet | None = None
    glance_base: Count = 8
    glance_side: Side | None = None
    focus: MobileNet | None = None
    focus_base: Count = 16
    squeezed: Count = 32
    hidden: Count = 128
    classifier_width: Count = 512


class V1Sizes(Part):
    """AdaFocus for untrimmed video.

    ``classifier_hidden`` is the length of the recurrent classifier's state; 0 for the mean of the frames'
    probabilities. ``glance_side`` is the side of what the glance network sees, the crop where nothing is
    said. The focus network is a ResNet-50, or, where ``focus`` is given, a MobileNetV2.
    """

    system: Literal["adafocus"]
    frames: Count = 16
    crop: Side = 224
    patch: Count = 128
    places: Literal[25, 36, 49, 64] = 49
    glance: MobileNet = MobileNet()
    glance_side: Side | None = None
    focus: MobileNet | None = None
    focus_base: Count = 64
    squeezed: Count = 32
    encoded: Count = 1024
    hidden: Count = 1024
    classifier_hidden: Annotated[int, Field(ge=0)] = 1024


class PlusSizes(V1Sizes):
    """AdaFocus+: AdaFocus, and a policy that drops frames."""

    system: Literal["adafocus-plus"]  # type: ignore[assignment]


class V1TsmSizes(Part):
    """AdaFocus for trimmed video; ``places`` is 2 for a place between the pixels, or a number of places."""

    system: Literal["adafocus-tsm"]
    glance_frames: Count = 8
    focus_frames: Count = 12
    crop: Side = 224
    patch: Count = 144
    places: Literal[2, 16, 25, 36, 49, 64, 81, 100] = 2
    glance: MobileNet = MobileNet()
    focus_base: Count = 64
    squeezed: Count = 64
    encoded: Count = 1024
    hidden: Count = 1024


class V2TsmSizes(Part):
    """AdaFocusV2 for trimmed video."""

    system: Literal["adafocus-v2-tsm"]
    glance_frames: Count = 8
    focus_frames: Count = 12
    crop: Side = 224
    patch: Count = 128
    glance: MobileNet = MobileNet()
    focus_base: Count = 64
    squeezed: Count = 64
    encoded: Count = 1024
    hidden: Count = 512


class UniSizes(Part):
    """What Uni-AdaFocus's systems have in common."""

    glance_frames: Count = 16
    focus_frames: Count = 16
    candidates: Count = 48
    crop: Side = 224
    patch: Count = 128
    spatial_hidden: Count = 128
    temporal_hidden: Count = 64

    @property
    def smallest(self) -> int:
        """Smallest side of a rectangle in pixels: 96 of 224, as published."""
        return self.crop * 3 // 7


class UniFrameSizes(UniSizes):
    """Uni-AdaFocus for untrimmed video."""

    system: Literal["uni-adafocus"]
    glance: MobileNet = MobileNet()
    focus_base: Count = 64
    embedding: Count = 4096


class UniTsmSizes(UniSizes):
    """Uni-AdaFocus-TSM."""

    system: Literal["uni-adafocus-tsm"]
    glance_frames: Count = 8
    focus_frames: Count = 12
    candidates: Count = 36
    glance: MobileNet = MobileNet()
    focus_base: Count = 64


class UniX3dSizes(UniSizes):
    """Uni-AdaFocus-X3D; the glance sees frames of 5 / 7 of the crop's side."""

    system: Literal["uni-adafocus-x3d"]
    focus_frames: Count = 32
    candidates: Count = 96
    glance: Convolutions = Convolutions()
    focus: Convolutions = Convolutions(blocks=(5, 10, 25, 15))


class TsnSizes(Part):
    """TSN, a dense baseline."""

    system: Literal["tsn"]
    frames: Count = 16
    crop: Side = 224
    base: Count = 64


class TsmSizes(Part):
    """TSM, a dense baseline."""

    system: Literal["tsm"]
    frames: Count = 8
    crop: Side = 224
    base: Count = 64


class X3dSizes(Part):
    """X3D, a dense baseline, on whole frames made smaller."""

    system: Literal["x3d"]
    frames: Count = 16
    crop: Side = 224
    side: Count = 160
    network: Convolutions = Convolutions()


class SamplerSizes(Part):
    """OCSampler: a skim network keeps whole frames; the published sizes are 10 frames of 224, skimmed at 128.

    The divisor of the temporal shift is 10 in the published configurations for ActivityNet, 8 in those for
    Mini-Kinetics.
    """

    system: Literal["ocsampler"]
    frames: Count = 10
    keep: Count = 6
    crop: Count = 224
    skim_side: Count = 128
    divisor: Annotated[int, Field(ge=2)] = 10
    skim: MobileNet = MobileNet()
    focus_base: Count = 64
    embedding: Count = 4096


def _system(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("system", DEFAULT)
    return getattr(value, "system", None)


AnySizes = Annotated[
    Annotated[Sizes, Tag(DEFAULT)]
    | Annotated[V1Sizes, Tag("adafocus")]
    | Annotated[PlusSizes, Tag("adafocus-plus")]
    | Annotated[V1TsmSizes, Tag("adafocus-tsm")]
    | Annotated[V2TsmSizes, Tag("adafocus-v2-tsm")]
    | Annotated[UniFrameSizes, Tag("uni-adafocus")]
    | Annotated[UniTsmSizes, Tag("uni-adafocus-tsm")]
    | Annotated[UniX3dSizes, Tag("uni-adafocus-x3d")]
    | Annotated[TsnSizes, Tag("tsn")]
    | Annotated[TsmSizes, Tag("tsm")]
    | Annotated[X3dSizes, Tag("x3d")]
    | Annotated[SamplerSizes, Tag("ocsampler")],
    Discriminator(_system),
]
