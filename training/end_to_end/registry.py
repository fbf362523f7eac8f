"""Which method trains which network."""

from torch import nn

from models.adafocus_v2 import AdaFocusV2
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.dense import Tsm, Tsn
from models.uni_adafocus import UniAdaFocus
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.x3d import X3D
from training.end_to_end.adafocus_v2 import AdaFocusV2Method
from training.end_to_end.adafocus_v2_tsm import AdaFocusV2TsmMethod
from training.end_to_end.dense import DenseMethod
from training.end_to_end.method import Method
from training.end_to_end.published import Settings
from training.end_to_end.uni_adafocus import UniAdaFocusMethod
from training.end_to_end.uni_videos import UniAdaFocusTsmMethod, UniAdaFocusX3dMethod


def method_of(network: nn.Module, settings: Settings) -> Method:
    """The training method of a network's system.

    Raises:
        ConfigError: the network lacks what training needs.
    """
    if isinstance(network, AdaFocusV2):
        return AdaFocusV2Method(network, settings)
    if isinstance(network, AdaFocusV2Tsm):
        return AdaFocusV2TsmMethod(network, settings)
    if isinstance(network, UniAdaFocus):
        return UniAdaFocusMethod(network, settings)
    if isinstance(network, UniAdaFocusTsm):
        return UniAdaFocusTsmMethod(network, settings)
    if isinstance(network, UniAdaFocusX3d):
        return UniAdaFocusX3dMethod(network, settings)
    assert isinstance(network, Tsn | Tsm | X3D)
    return DenseMethod(network, settings)
