"""A network of the published shape that is small enough to run in milliseconds."""

from dataclasses import replace

from torch import Tensor

from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_plus import AdaFocusPlus
from models.mobilenet_v2 import MobileNetV2Channels
from models.policy import PolicySizes
from models.seeded import seeded_state, shapes_of

PATCH = 48
SIZES = AdaFocusSizes(
    glance=MobileNetV2Channels(8, (8, 8, 8, 16, 16, 16, 16), 32),
    policy=PolicySizes(channels=32, map_side=3, squeezed=4, encoded=16, hidden=12, candidates=25),
    focus_base=4,
    classifier_hidden=12,
    classes=5,
)
MEAN_SIZES = replace(SIZES, classifier_hidden=None)


def small_state(sizes: AdaFocusSizes = SIZES, salt: str = "") -> dict[str, Tensor]:
    return seeded_state(shapes_of(AdaFocus(sizes, PATCH).state_dict()), salt)


def small_plus(threshold: float, mean: bool = False) -> AdaFocusPlus:
    """A small network and a policy that drops frames of a keep probability below the threshold."""
    model = AdaFocusPlus(small_model(MEAN_SIZES if mean else SIZES), threshold).eval()
    model.keep.load_state_dict(seeded_state(shapes_of(model.keep.state_dict()), "keep"))
    return model


def small_model(sizes: AdaFocusSizes = SIZES, salt: str = "") -> AdaFocus:
    model = AdaFocus(sizes, PATCH)
    model.load_state_dict(small_state(sizes, salt))
    return model.eval()
