"""Small networks as drafts, and full-size ones without storage."""

from functools import cache

from export import (
    adafocus,
    adafocus_tsm,
    adafocus_v2,
    adafocus_v2_tsm,
    uni_adafocus,
    uni_adafocus_tsm,
    uni_adafocus_x3d,
)
from export.draft import Draft
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.map_encoder import EncoderSizes
from models.published import outline
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes, UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from tests.export.whole_frame_drafts import WHOLE, full_size_whole, small_whole
from tests.models import small, small_networks, small_uni

RES50 = AdaFocusV2Sizes(glance=64, policy=PlacePolicySizes(EncoderSizes(2048, 3, 64, 2048)))


@cache
def small_drafts() -> dict[str, Draft]:
    """Drafts of small networks, made once: a test that changes a network makes its own."""
    return {
        "adafocus": adafocus.draft(small.small_model(), 3, None),
        "adafocus mean": adafocus.draft(small.small_model(small.MEAN_SIZES), 3, None),
        "tsm": adafocus_tsm.draft(small_networks.adafocus_tsm(), None),
        "tsm discrete": adafocus_tsm.draft(small_networks.adafocus_tsm(outputs=16, patch=40), None),
        "v2": adafocus_v2.draft(small_networks.adafocus_v2(), None),
        "v2 res50": adafocus_v2.draft(small_networks.adafocus_v2(resnet=True), None),
        "v2 tsm": adafocus_v2_tsm.draft(small_networks.adafocus_v2_tsm(), None),
        "uni": uni_adafocus.draft(small_uni.uni_adafocus(), None),
        "uni tsm": uni_adafocus_tsm.draft(small_uni.uni_adafocus_tsm(), None),
        "uni x3d": uni_adafocus_x3d.draft(small_uni.uni_adafocus_x3d(), None),
    } | small_whole()


def full_size(system: str, patch: int) -> Draft:
    if system == "adafocus":
        return adafocus.draft(outline(lambda: AdaFocus(AdaFocusSizes(), patch)), 16, None)
    if system == "tsm":
        options = AdaFocusTsmOptions(patch)
        return adafocus_tsm.draft(outline(lambda: AdaFocusTsm(AdaFocusTsmSizes(), options)), None)
    if system == "v2 tsm":
        v2 = AdaFocusV2TsmOptions(patch)
        return adafocus_v2_tsm.draft(outline(lambda: AdaFocusV2Tsm(AdaFocusV2TsmSizes(), v2)), None)
    if system in WHOLE:
        return full_size_whole(system, patch)
    if system.startswith("uni"):
        return full_size_uni(system, patch)
    sizes = RES50 if system == "v2 res50" else AdaFocusV2Sizes()
    return adafocus_v2.draft(outline(lambda: AdaFocusV2(sizes, AdaFocusV2Options(patch))), None)


def full_size_uni(system: str, patch: int) -> Draft:
    """The number of focus frames ends the name of a system whose weights do not tell it."""
    name, steps = system.rsplit(" ", 1) if " " in system else (system, "16")
    options = UniOptions(patch, focus_frames=int(steps))
    if name == "uni tsm":
        return uni_adafocus_tsm.draft(outline(lambda: UniAdaFocusTsm(UniAdaFocusTsmSizes(), options)), None)
    if name == "uni x3d":
        return uni_adafocus_x3d.draft(outline(lambda: UniAdaFocusX3d(UniAdaFocusX3dSizes(), options)), None)
    return uni_adafocus.draft(outline(lambda: UniAdaFocus(UniAdaFocusSizes(), options)), None)
