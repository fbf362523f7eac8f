"""ResNet-50 (He et al., CVPR 2016) with the stride on the 3 x 3, and torchvision's entry names."""

from torch import Tensor, nn

_BLOCKS = (3, 4, 6, 3)
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3, 1 x 1, added to the input, which is projected where the shapes differ."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = width * _EXPANSION
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, 4 * width, h / stride, w / stride)."""
        branch = self.relu(self.bn1(self.conv1(x)))
        branch = self.relu(self.bn2(self.conv2(branch)))
        branch = self.bn3(self.conv3(branch))
        out: Tensor = self.relu(branch + self.downsample(x))
        return out


class ResNet50(nn.Module):
    """The convolutional part and its global average: no last linear layer.

    Args:
        base: channels of the stem; 64 in the published network. The feature has 32 times as many.
    """

    def __init__(self, base: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, base, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = _stage(base, base, _BLOCKS[0], 1)
        self.layer2 = _stage(base * 4, base * 2, _BLOCKS[1], 2)
        self.layer3 = _stage(base * 8, base * 4, _BLOCKS[2], 2)
        self.layer4 = _stage(base * 16, base * 8, _BLOCKS[3], 2)
        self.channels = base * 32

    def maps(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, 3, h, w) to maps (B, channels, ceil(h / 32), ceil(w / 32))."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(frames))))
        out: Tensor = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return out

    def forward(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, 3, h, w) to features (B, channels)."""
        return self.maps(frames).mean((2, 3))


def _stage(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = Bottleneck(inputs, width, stride)
    rest = (Bottleneck(width * _EXPANSION, width, 1) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)
