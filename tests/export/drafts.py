"""Small networks as drafts, and full-size ones without storage."""

from export import adafocus, adafocus_tsm, adafocus_v2, adafocus_v2_tsm
from export.draft import Draft
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.map_encoder import EncoderSizes
from models.published import outline
from tests.models import small, small_networks

RES50 = AdaFocusV2Sizes(glance=64, policy=PlacePolicySizes(EncoderSizes(2048, 3, 64, 2048)))


def small_drafts() -> dict[str, Draft]:
    return {
        "adafocus": adafocus.draft(small.small_model(), 3, None),
        "adafocus mean": adafocus.draft(small.small_model(small.MEAN_SIZES), 3, None),
        "tsm": adafocus_tsm.draft(small_networks.adafocus_tsm(), None),
        "tsm discrete": adafocus_tsm.draft(small_networks.adafocus_tsm(outputs=16, patch=40), None),
        "v2": adafocus_v2.draft(small_networks.adafocus_v2(), None),
        "v2 res50": adafocus_v2.draft(small_networks.adafocus_v2(resnet=True), None),
        "v2 tsm": adafocus_v2_tsm.draft(small_networks.adafocus_v2_tsm(), None),
    }


def full_size(system: str, patch: int) -> Draft:
    if system == "adafocus":
        return adafocus.draft(outline(lambda: AdaFocus(AdaFocusSizes(), patch)), 16, None)
    if system == "tsm":
        options = AdaFocusTsmOptions(patch)
        return adafocus_tsm.draft(outline(lambda: AdaFocusTsm(AdaFocusTsmSizes(), options)), None)
    if system == "v2 tsm":
        v2 = AdaFocusV2TsmOptions(patch)
        return adafocus_v2_tsm.draft(outline(lambda: AdaFocusV2Tsm(AdaFocusV2TsmSizes(), v2)), None)
    sizes = RES50 if system == "v2 res50" else AdaFocusV2Sizes()
    return adafocus_v2.draft(outline(lambda: AdaFocusV2(sizes, AdaFocusV2Options(patch))), None)
