"""The closed vocabularies of a bundle's manifest.

A term is here because a published system of the family needs it; a manifest with any other is refused.
"""

from enum import StrEnum


class SamplingRule(StrEnum):
    """How the frames of a pool are chosen by frame index, from n frames of a video, T wanted."""

    CENTRES_REPEAT_LAST = "centres-repeat-last"
    """int(n/T/2 + n/T*x); a video of n <= T frames gives all of them, then its last one repeated."""

    CENTRES_REPEAT_FIRST = "centres-repeat-first"
    """The same where n > T; a video of n <= T frames gives its first frame T times."""

    SEGMENT_MIDDLES = "segment-middles"
    """floor((x + 0.5) / T * n), for videos of any length."""

    SEEDED_SEGMENTS = "seeded-segments"
    """A frame drawn in each of T equal segments by NumPy's legacy generator, seeded with 255 each time."""


class Resize(StrEnum):
    """How a decoded frame is brought to the short side before it is cropped."""

    PILLOW_BILINEAR = "pillow-bilinear"
    """Pillow's antialiased bilinear; long side int(short_side * long / short)."""

    OPENCV_BILINEAR = "opencv-bilinear"
    """OpenCV's bilinear on 8-bit pixels; long side int(long * (short_side / short) + 0.5)."""

    NONE = "none"
    """Frames are used as they come and must have the crop's size."""


class CropRounding(StrEnum):
    """How the place of a crop is rounded to whole pixels."""

    HALF_EVEN = "half-even"
    """round((side - crop) / 2), halves to even."""

    FLOOR = "floor"
    """(side - crop) // 2."""

    QUARTERS = "quarters"
    """Multiples of (side - crop) // 4, as for several views along the width."""


class View(StrEnum):
    """Which crop of a resized frame; the logits of a bundle's views are averaged."""

    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"


class PixelOperation(StrEnum):
    """How the pixels of a rectangle become a network's input."""

    CUT = "cut"
    """Whole pixels at a whole corner; the rectangle has the input's size."""

    BILINEAR = "bilinear"
    """Half-pixel centres, 2 x 2 taps, zeros outside the frame after normalisation."""

    BILINEAR_ALIGNED = "bilinear-aligned"
    """Corners aligned: output pixel i of n reads i * (side - 1) / (n - 1)."""

    NEAREST = "nearest"
    """floor(i * side / n)."""


class Order(StrEnum):
    """In which order a video's work items come."""

    GLANCE_FIRST = "glance-first"
    """All glances before the first step: the policy or the classifier needs every glance frame."""

    INTERLEAVED = "interleaved"
    """Step k needs no more than the glances 0 to k, so an early answer saves glances too."""


class UnitKind(StrEnum):
    """What a network takes at once."""

    FRAME = "frame"
    """One glance frame, one patch, or one step."""

    VIDEO = "video"
    """All glance frames, all patches or all steps of a video (of one view of it) together."""


class Form(StrEnum):
    """The forms in which one network may be exported."""

    WHOLE = "whole"
    """Everything of a video at once; the only form of a network without recurrence."""

    STEP = "step"
    """One step: state in, state out."""

    GLANCE = "glance"
    """A classifier's answer after the glance, before any focus."""


class Source(StrEnum):
    """Where an input of a graph comes from."""

    PIXELS = "pixels"
    GLANCE = "glance"
    FOCUS = "focus"
    STATE = "state"
    STEP = "step"


class Sink(StrEnum):
    """Where an output of a graph goes."""

    FEATURE = "feature"
    STATE = "state"
    FRAMES = "frames"
    RECTANGLES = "rectangles"
    KEEP = "keep"
    LOGITS = "logits"


class Span(StrEnum):
    """Whether an input holds this step's value or those of all frames or steps."""

    ONE = "one"
    ALL = "all"


class ElementType(StrEnum):
    """Element types of a graph's inputs and outputs."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT64 = "int64"


class Measure(StrEnum):
    """Measures of confidence by which a video may exit; larger is surer."""

    LARGEST_LOGIT = "largest-logit"
    NEGATIVE_ENTROPY = "negative-entropy"
