"""Drafts of systems that choose no place: small ones, and full-size ones without storage."""

from export import adafocus, adafocus_fixed, ocsampler, tsm, tsm_plus, tsn, x3d
from export.draft import Draft
from models.dense import Tsm, TsmPlus, TsmPlusSizes, Tsn
from models.mobilenet_v2 import MobileNetV2Channels
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.published import outline
from models.x3d import X3D, X3DSizes
from tests.models import small, small_uni
from tests.models.small_networks import seeded

WHOLE = ("ocsampler", "dense tsn", "dense tsm", "dense tsm plus", "dense x3d")
CROP = 64
NARROW = MobileNetV2Channels(8, (8, 16, 16, 16, 16, 16, 16), 16)
PLUS = TsmPlusSizes(NARROW, 8, 5, glance_frames=2, focus_frames=3)
SMALL_X3D = X3DSizes(8, (8, 8, 8, 8), (8, 8, 8, 8), (1, 2, 1, 1), 16, 8, 5)


def small_whole() -> dict[str, Draft]:
    model = small.small_model()
    policy = adafocus.draft(model, 3, None)
    plus = seeded(TsmPlus(PLUS))
    return {
        "ocsampler": ocsampler.draft(small_uni.ocsampler(), None, CROP),
        "fixed": adafocus_fixed.at_fixed_places(policy, model, "random"),
        "dense tsn": tsn.draft(seeded(Tsn(5, base=4)), 3, None, CROP),
        "dense tsm": tsm.draft(seeded(Tsm(5, frames=3, base=8)), 3, None, CROP),
        "dense tsm plus": tsm_plus.draft(plus, None, None, CROP),
        "dense x3d": x3d.draft(seeded(X3D(SMALL_X3D)), 3, CROP, None, CROP),
        "dense x3d smaller": x3d.draft(seeded(X3D(SMALL_X3D)), 3, 40, None, CROP),
    }


def full_size_whole(system: str, frames: int) -> Draft:
    if system == "dense tsn":
        return tsn.draft(outline(lambda: Tsn(200)), frames, None)
    if system == "dense tsm":
        return tsm.draft(outline(lambda: Tsm(174, frames)), frames, None)
    if system == "dense tsm plus":
        return tsm_plus.draft(outline(lambda: TsmPlus(TsmPlusSizes(focus_frames=frames))), None, None)
    if system == "dense x3d":
        return x3d.draft(outline(lambda: X3D(X3DSizes())), frames, 160, None)
    options = OCSamplerOptions(frames)
    return ocsampler.draft(outline(lambda: OCSampler(OCSamplerSizes(), options)), None)
