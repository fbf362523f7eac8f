"""Published names of a backbone's entries that are not torchvision's."""

import re

_BLOCK = re.compile(r"(.*\bfeatures\.)(\d+)\.conv\.(.+?)(\.net)?\.([a-z_]+)$")
_EXPANDING = {"0.0": "0", "0.1": "1", "1.0": "3", "1.1": "4", "2": "6", "3": "7"}
_FIRST = {"0.0": "0", "0.1": "1", "1": "3", "2": "4"}
_SEQUENCE = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}


def flat_mobilenet(name: str) -> str:
    """The name of a MobileNetV2's entry where a block is one sequence of convolutions and norms."""
    return _renamed(name, _FIRST, _EXPANDING)


def nested_mobilenet(name: str) -> str:
    """The way back from ``flat_mobilenet``."""
    return _renamed(name, _turned(_FIRST), _turned(_EXPANDING))


def sequence_resnet(name: str) -> str:
    """The name of a ResNet's entry where the whole network is one sequence of layers."""
    layer, rest = name.split(".", 1)
    return f"{_SEQUENCE[layer]}.{rest}"


def _renamed(name: str, first: dict[str, str], expanding: dict[str, str]) -> str:
    match = _BLOCK.match(name)
    if not match:
        return name
    start, block, layer, shifted, entry = match.groups()
    layers = first if block == "1" else expanding
    return f"{start}{block}.conv.{layers[layer]}{shifted or ''}.{entry}"


def _turned(table: dict[str, str]) -> dict[str, str]:
    return {flat: nested for nested, flat in table.items()}
