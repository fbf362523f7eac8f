import pytest

from tests.training.end_to_end.tiny import TINY, network
from training.end_to_end.adafocus_v2 import AdaFocusV2Method
from training.end_to_end.adafocus_v2_tsm import AdaFocusV2TsmMethod
from training.end_to_end.dense import DenseMethod
from training.end_to_end.published import Settings
from training.end_to_end.registry import method_of
from training.end_to_end.uni_adafocus import UniAdaFocusMethod
from training.end_to_end.uni_videos import UniAdaFocusTsmMethod, UniAdaFocusX3dMethod

METHODS = {
    "adafocus-v2": AdaFocusV2Method,
    "adafocus-v2 small frames": AdaFocusV2Method,
    "adafocus-v2-tsm": AdaFocusV2TsmMethod,
    "uni-adafocus": UniAdaFocusMethod,
    "uni-adafocus-tsm": UniAdaFocusTsmMethod,
    "uni-adafocus-x3d": UniAdaFocusX3dMethod,
    "tsn": DenseMethod,
    "tsm": DenseMethod,
    "x3d": DenseMethod,
}


@pytest.mark.parametrize("system", TINY)
def test_each_network_has_its_method(system: str) -> None:
    assert type(method_of(network(system), Settings())) is METHODS[system]
