"""The network that looks at patches, where it may be one of two."""

from models.mobilenet_v2 import MobileNetV2Channels, PooledMobileNetV2
from models.resnet import ResNet50

FocusNetwork = ResNet50 | PooledMobileNetV2


def focus_network(sizes: int | MobileNetV2Channels) -> FocusNetwork:
    """A ResNet-50 of a base width, or, which was never published, a MobileNetV2 of some channels."""
    return ResNet50(sizes) if isinstance(sizes, int) else PooledMobileNetV2(sizes)
