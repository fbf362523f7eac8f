"""Networks of the published form with few channels, for machines without the golden numbers."""

from typing import TypeVar

import torch
from torch import Tensor, nn

from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_tsm_policy import VideoPolicySizes
from models.adafocus_v2 import AdaFocusV2, AdaFocusV2Options, AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.map_encoder import EncoderSizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.seeded import seeded_state, shapes_of

Network = TypeVar("Network", bound=nn.Module)
NARROW = MobileNetV2Channels(8, (8, 8, 8, 16, 16, 16, 16), 16)
GLANCE_FRAMES, FOCUS_FRAMES, SIDE, CROP, BASE, CLASSES = 4, 6, 2, 64, 4, 5
STACKED = EncoderSizes(GLANCE_FRAMES * NARROW.last, SIDE, squeezed=4, encoded=12)


def seeded(network: Network) -> Network:
    torch.set_num_threads(1)
    network.load_state_dict(seeded_state(shapes_of(network.state_dict())))
    return network.eval()


def adafocus_tsm(outputs: int = 2, norms: bool = True, patch: int = 48, say: bool = True) -> AdaFocusTsm:
    policy = VideoPolicySizes(STACKED, norms, hidden=6, outputs=outputs)
    options = AdaFocusTsmOptions(patch, with_glance=say)
    return seeded(AdaFocusTsm(AdaFocusTsmSizes(NARROW, policy, BASE, CLASSES), options))


def adafocus_v2(resnet: bool = False, steps: int = 4, auxiliary: bool = True) -> AdaFocusV2:
    channels = BASE * 32 if resnet else NARROW.last
    sizes = AdaFocusV2Sizes(
        glance=BASE if resnet else NARROW,
        policy=PlacePolicySizes(EncoderSizes(channels, SIDE, 4, 12), hidden=10),
        focus_base=BASE,
        classifier_width=14,
        classes=CLASSES,
        steps=steps,
        auxiliary=auxiliary,
    )
    return seeded(AdaFocusV2(sizes, AdaFocusV2Options(patch=40, crop=80 if resnet else CROP)))


def adafocus_v2_tsm(auxiliary: bool = True) -> AdaFocusV2Tsm:
    sizes = AdaFocusV2TsmSizes(NARROW, STACKED, 6, BASE, CLASSES, auxiliary)
    return seeded(AdaFocusV2Tsm(sizes, AdaFocusV2TsmOptions(patch=40)))


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
