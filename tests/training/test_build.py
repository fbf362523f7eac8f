import pytest
import torch

from foveate.errors import ConfigError
from models.adafocus import AdaFocusSizes
from models.adafocus_tsm import AdaFocusTsmSizes
from models.adafocus_v2 import AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.adafocus_v2_tsm import AdaFocusV2TsmSizes
from models.map_encoder import EncoderSizes
from models.ocsampler import OCSamplerSizes
from models.uni_adafocus import UniAdaFocusSizes
from models.uni_adafocus_tsm import UniAdaFocusTsmSizes
from models.uni_adafocus_x3d import UniAdaFocusX3dSizes
from tests.training.end_to_end.tiny import CLASSES, TINY
from tests.training.forms.nets import FORMS
from training.build import build
from training.frame_lists import frame_lists
from training.outcome import answers_of
from training.sizes import (
    AnySizes,
    MobileNet,
    SamplerSizes,
    Sizes,
    UniFrameSizes,
    UniTsmSizes,
    UniX3dSizes,
    V1Sizes,
    V1TsmSizes,
    V2TsmSizes,
)

ALL = TINY | FORMS


@pytest.mark.parametrize("system", ALL)
def test_a_network_takes_the_frames_of_its_lists(system: str) -> None:
    lists = frame_lists(ALL[system])
    network = build(ALL[system], CLASSES).eval()
    with torch.no_grad():
        found = answers_of(network, torch.zeros(2, lists.frames, 3, lists.seen, lists.seen))
    assert found.shape[::2] == (2, CLASSES)


V2 = Sizes(
    frames=16,
    patch=128,
    glance=MobileNet(),
    focus_base=64,
    squeezed=64,
    hidden=2048,
    classifier_width=4096,
)
SMALL_FRAMES = V2.model_copy(update={"glance": None, "glance_base": 64})


@pytest.mark.parametrize(
    ("sizes", "classes", "published"),
    [
        (V2, 200, AdaFocusV2Sizes(auxiliary=True)),
        (
            SMALL_FRAMES,
            200,
            AdaFocusV2Sizes(
                glance=64, policy=PlacePolicySizes(EncoderSizes(2048, 3, 64, 2048)), auxiliary=True
            ),
        ),
        (V1Sizes(system="adafocus"), 200, AdaFocusSizes()),
        (V1TsmSizes(system="adafocus-tsm"), 174, AdaFocusTsmSizes()),
        (V2TsmSizes(system="adafocus-v2-tsm"), 174, AdaFocusV2TsmSizes(auxiliary=True)),
        (UniFrameSizes(system="uni-adafocus"), 200, UniAdaFocusSizes(auxiliary=True)),
        (UniTsmSizes(system="uni-adafocus-tsm"), 174, UniAdaFocusTsmSizes(auxiliary=True)),
        (UniX3dSizes(system="uni-adafocus-x3d"), 400, UniAdaFocusX3dSizes(auxiliary=True)),
        (SamplerSizes(system="ocsampler"), 200, OCSamplerSizes()),
    ],
    ids=lambda value: getattr(value, "system", ""),
)
def test_the_published_networks_can_be_asked_for(sizes: AnySizes, classes: int, published: object) -> None:
    with torch.device("meta"):
        network = build(sizes, classes)
    assert network.sizes == published


def test_heads_are_left_out_where_nothing_trains_them() -> None:
    network = build(TINY["uni-adafocus"], CLASSES, auxiliary=False)
    assert network.global_head is None


@pytest.mark.parametrize(
    ("system", "change", "said"),
    [
        ("uni-adafocus", {"candidates": 13}, "13 candidates"),
        ("uni-adafocus-tsm", {"focus_frames": 13}, "13 of 12 frames"),
        ("adafocus", {"patch": 40}, "multiple of 16"),
        ("adafocus-tsm", {"patch": 96}, "patch side of 96"),
        ("adafocus-v2", {"patch": 96}, "patch side of 96"),
    ],
)
def test_sizes_that_do_not_go_together(system: str, change: dict[str, int], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        build(ALL[system].model_copy(update=change), CLASSES)


def test_no_more_frames_are_kept_than_there_are() -> None:
    with pytest.raises(ConfigError, match="11 of 10 frames"):
        build(SamplerSizes(system="ocsampler", keep=11), CLASSES)
