"""What the whole family does to a frame before any network sees it."""

from foveate.bundle.manifest import Preprocessing
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
