import pytest
import torch

from models.focus import focus_network
from models.mobilenet_v2 import MobileNetV2Channels, PooledMobileNetV2
from models.resnet import ResNet50

NARROW = MobileNetV2Channels(8, (8, 8, 8, 8, 8, 8, 8), 24)


@pytest.mark.parametrize(("sizes", "kind", "channels"), [(4, ResNet50, 128), (NARROW, PooledMobileNetV2, 24)])
def test_either_network_gives_a_feature_a_patch(
    sizes: int | MobileNetV2Channels, kind: type, channels: int
) -> None:
    network = focus_network(sizes).eval()
    assert isinstance(network, kind)
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, channels)
    assert network.channels == channels
