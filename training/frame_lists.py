"""Which frames of a video the network of a system sees, and at which size."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from training.networks import MEAN, STD
from training.sizes import (
    AnySizes,
    SamplerSizes,
    Sizes,
    TsmSizes,
    TsnSizes,
    UniFrameSizes,
    UniSizes,
    V1Sizes,
    V1TsmSizes,
    V2TsmSizes,
)


@dataclass(frozen=True, slots=True)
class FrameLists:
    """The frames of a video.

    Attributes:
        rule: by which its bundle samples.
        counts: frames of one list or of two, one after the other.
        crop: side of a frame in pixels.
        seen: side that whole frames are made smaller to.
        whole: whether the crop is as large as a frame's shorter side, and made by OpenCV's rules (OCSampler).
    """

    rule: SamplingRule
    counts: tuple[int, ...]
    crop: int
    seen: int
    whole: bool = False

    @property
    def short_side(self) -> int:
        """Shorter side of a frame before it is cropped: 256 for 224, as published."""
        return self.crop * 8 // 7

    @property
    def frames(self) -> int:
        """Frames of all lists together."""
        return sum(self.counts)

    def seen_of(self, frames: Tensor) -> Tensor:
        """Frames (T, 3, crop, crop) as the network sees them whole (T, 3, seen, seen)."""
        if self.seen == frames.shape[-1]:
            return frames
        return functional.interpolate(frames, (self.seen, self.seen), mode="bilinear")

    def sampling(self, choices: int = 1) -> Sampling:
        """How pools are sampled: as the bundle does, or with several choices for each frame.

        Several lie evenly around the frame that a bundle would take.
        """
        if choices == 1:
            return Sampling(rule=self.rule, counts=self.counts)
        counts = tuple(count * choices for count in self.counts)
        return Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=counts)

    def preprocessing(self, crop: int | None = None) -> Preprocessing:
        """What is done to frames before they are kept; ``crop`` pixels of them instead of the usual ones."""
        return Preprocessing(
            resize=Resize.OPENCV_BILINEAR if self.whole else Resize.PILLOW_BILINEAR,
            short_side=crop or self.crop if self.whole else self.short_side,
            crop=crop or self.crop,
            crop_rounding=CropRounding.FLOOR if self.whole else CropRounding.HALF_EVEN,
            mean=MEAN,
            std=STD,
        )


def frame_lists(sizes: AnySizes) -> FrameLists:
    """Those of a system, as its bundle has them."""
    crop = sizes.crop
    if isinstance(sizes, Sizes | V1Sizes | TsnSizes):
        return FrameLists(SamplingRule.CENTRES_REPEAT_LAST, (sizes.frames,), crop, crop)
    if isinstance(sizes, V1TsmSizes | V2TsmSizes):
        counts = (sizes.glance_frames, sizes.focus_frames)
        return FrameLists(SamplingRule.CENTRES_REPEAT_FIRST, counts, crop, crop)
    if isinstance(sizes, UniFrameSizes):
        return FrameLists(SamplingRule.SEGMENT_MIDDLES, (sizes.candidates,), crop, crop)
    if isinstance(sizes, UniSizes):
        counts = (sizes.glance_frames, sizes.candidates)
        return FrameLists(SamplingRule.SEGMENT_MIDDLES, counts, crop, crop)
    if isinstance(sizes, TsmSizes):
        return FrameLists(SamplingRule.CENTRES_REPEAT_FIRST, (sizes.frames,), crop, crop)
    if isinstance(sizes, SamplerSizes):
        return FrameLists(SamplingRule.SEEDED_SEGMENTS, (sizes.frames,), crop, crop, whole=True)
    return FrameLists(SamplingRule.SEGMENT_MIDDLES, (sizes.frames,), crop, sizes.side)
