"""What the whole family does to a frame before any network sees it."""

from torch import Tensor

from foveate.bundle.manifest import Preprocessing, Rectangle
from foveate.bundle.vocabulary import CropRounding, Resize

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocessing(crop: int) -> Preprocessing:
    """The validation transform; 256 to 224 as published, and in that ratio for another crop."""
    return Preprocessing(
        resize=Resize.PILLOW_BILINEAR,
        short_side=crop * 8 // 7,
        crop=crop,
        crop_rounding=CropRounding.HALF_EVEN,
        mean=MEAN,
        std=STD,
    )


def whole_frame(crop: int) -> Rectangle:
    """The rectangle of a plan that looks at frames whole."""
    return Rectangle(y=0.0, x=0.0, height=float(crop), width=float(crop))


def whole_frames(pixels: Tensor, steps: int) -> Tensor:
    """The same for each step of each video of frames (videos, T, 3, h, w): (videos, steps, 4)."""
    height, width = pixels.shape[-2:]
    return pixels.new_tensor([0.0, 0.0, height, width]).expand(pixels.shape[0], steps, 4)
