"""Networks of Uni-AdaFocus's three systems and of OCSampler with few channels."""

from models.mobilenet_v2 import MobileNetV2Channels
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes, UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_policy import UniPolicySizes
from models.x3d import X3DSizes
from tests.models.small_networks import seeded

UNI = UniAdaFocusSizes(
    glance=MobileNetV2Channels(8, (8, 8, 8, 8, 8, 8, 8), 16),
    policy=UniPolicySizes(16, 2, 4, True, 8, 8),
    focus_base=8,
    focus_frames=4,
    embedding=24,
    classes=5,
    auxiliary=True,
)
UNI_OPTIONS = UniOptions(patch=32, crop=64, smallest=28)
TSM = UniAdaFocusTsmSizes(
    glance=MobileNetV2Channels(8, (8, 16, 16, 16, 16, 16, 16), 16),
    policy=UniPolicySizes(16, 2, 4, False, 8, 8),
    focus_base=8,
    classes=5,
)
TSM_OPTIONS = UniOptions(patch=32, focus_frames=3, crop=64, smallest=28)
_WIDTHS = (8, 8, 8, 8)
X3D = UniAdaFocusX3dSizes(
    glance=X3DSizes(8, _WIDTHS, _WIDTHS, (1, 2, 1, 1), 16, 8, 5),
    focus=X3DSizes(8, _WIDTHS, _WIDTHS, (2, 1, 3, 1), 16, 8, 5),
    policy=UniPolicySizes(16, 2, 4, False, 8, 8),
    auxiliary=True,
)
X3D_OPTIONS = UniOptions(patch=32, focus_frames=3, crop=96, smallest=40)
OCS = OCSamplerSizes(MobileNetV2Channels(8, (8, 24, 24, 24, 24, 24, 24), 16), 8, 24, 5)
OCS_OPTIONS = OCSamplerOptions(keep=3, divisor=8, frames=5, skim_side=32)


def uni_adafocus() -> UniAdaFocus:
    return seeded(UniAdaFocus(UNI, UNI_OPTIONS))


def uni_adafocus_tsm() -> UniAdaFocusTsm:
    return seeded(UniAdaFocusTsm(TSM, TSM_OPTIONS))


def uni_adafocus_x3d() -> UniAdaFocusX3d:
    return seeded(UniAdaFocusX3d(X3D, X3D_OPTIONS))


def ocsampler(options: OCSamplerOptions = OCS_OPTIONS) -> OCSampler:
    return seeded(OCSampler(OCS, options))
