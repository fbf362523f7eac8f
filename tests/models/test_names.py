import json
from pathlib import Path

import pytest
import torch

from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.names import flat_mobilenet, nested_mobilenet, sequence_resnet
from models.resnet import ResNet50
from models.temporal_shift import shifted_mobilenet_v2, shifted_resnet50


def published(shared: Path, name: str, prefix: str) -> set[str]:
    spec = json.loads((shared / "golden" / f"{name}.json").read_text("utf-8"))
    names = (entry["name"] for entry in spec["state_dict"])
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


@pytest.mark.parametrize("shifted", [False, True])
def test_flat_names_are_the_published_ones_and_lead_back(shared: Path, shifted: bool) -> None:
    with torch.device("meta"):
        channels = MobileNetV2Channels()
        network = shifted_mobilenet_v2(channels, 8) if shifted else MobileNetV2(channels)
    source = ("adafocus-v2-tsm-p144", "base_model.") if shifted else ("adafocus-v2-mbv2-p128", "")
    names = published(shared, source[0], f"global_CNN.{source[1]}")
    own = list(network.state_dict())
    flat = {flat_mobilenet(name) for name in own}
    assert flat == {name for name in names if name.startswith("features.")}
    assert [nested_mobilenet(flat_mobilenet(name)) for name in own] == own


def test_sequence_names_are_the_published_ones(shared: Path) -> None:
    with torch.device("meta"):
        own = shifted_resnet50(64, 12).state_dict()
    names = published(shared, "adafocus-v1-tsm-p144", "focuser.net.base_model.")
    assert {sequence_resnet(name) for name in own} == names


@pytest.mark.parametrize(
    ("nested", "flat"),
    [
        ("features.0.1.weight", "features.0.1.weight"),
        ("features.1.conv.0.0.weight", "features.1.conv.0.weight"),
        ("features.1.conv.2.running_mean", "features.1.conv.4.running_mean"),
        ("features.3.conv.0.0.net.weight", "features.3.conv.0.net.weight"),
        ("net.features.12.conv.1.1.bias", "net.features.12.conv.4.bias"),
        ("features.17.conv.3.weight", "features.17.conv.7.weight"),
    ],
)
def test_each_kind_of_entry(nested: str, flat: str) -> None:
    assert flat_mobilenet(nested) == flat
    assert nested_mobilenet(flat) == nested


def test_other_networks_keep_their_names() -> None:
    with torch.device("meta"):
        names = list(ResNet50(8).state_dict())
    assert [flat_mobilenet(name) for name in names] == names
