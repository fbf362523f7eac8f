from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foveate.errors import CheckpointError
from models.dense import Tsm, Tsn
from models.dense_checkpoint import (
    build_tsm_plus,
    read_torchvision_resnet,
    read_tsm_mobilenet,
    read_tsm_resnet,
    read_x3d,
    tsm_layout,
    x3d_layout,
)
from models.mobilenet_v2 import MobileNetV2Channels
from models.names import flat_mobilenet
from models.streams import FocusStream, GlanceStream
from models.x3d import X3D, X3DSizes
from tests.models.small_networks import seeded

NARROW = MobileNetV2Channels(8, (8, 16, 16, 16, 16, 16, 16), 16)
FRAMES = torch.randn(1, 3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def tsm_file(path: Path, network: nn.Module, **extra: Any) -> Path:
    """Saves a stream as the TSM project does."""
    names = {
        ("base_model." + name.removeprefix("net.") if name.startswith("net.") else "new_" + name): value
        for name, value in network.state_dict().items()
    }
    state = {f"module.{flat_mobilenet(name)}": value for name, value in names.items()}
    torch.save({"epoch": 50, "arch": "resnet50", "state_dict": state, "best_prec1": 45.0} | extra, path)
    return path


def torchvision_state(model: Tsn) -> dict[str, Tensor]:
    state = model.state_dict()
    return {name.replace("focus.", "").replace("classifier.", ""): value for name, value in state.items()}


@torch.no_grad()
@pytest.mark.parametrize("wrapped", [False, True])
def test_torchvision_names(tmp_path: Path, wrapped: bool) -> None:
    model = seeded(Tsn(5, base=4))
    state = torchvision_state(model)
    assert {"conv1.weight", "layer1.0.downsample.1.bias", "fc.bias"} <= state.keys()
    torch.save({"state_dict": state} if wrapped else state, tmp_path / "r.pth")
    read = read_torchvision_resnet(tmp_path / "r.pth")
    assert (read.base, read.classes, read.shifted) == (4, 5, False)
    assert torch.equal(read.tsn()(FRAMES).logits, model(FRAMES).logits)
    with pytest.raises(CheckpointError, match="without the temporal shift"):
        read.tsm(3)


@torch.no_grad()
def test_a_shifted_resnet_of_the_tsm_project(tmp_path: Path) -> None:
    stream = seeded(FocusStream(4, 5, 3))
    read = read_tsm_resnet(tsm_file(tmp_path / "r.pth", stream))
    assert (read.base, read.classes, read.shifted) == (4, 5, True)
    model = Tsm(5, 3, base=4).eval()
    model.focus.load_state_dict(stream.state_dict())
    assert torch.equal(read.tsm(3)(FRAMES).logits, model(FRAMES).logits)
    with pytest.raises(CheckpointError, match="no TSN"):
        read.tsn()


@torch.no_grad()
def test_a_resnet_of_the_tsm_project_without_shift(tmp_path: Path) -> None:
    model = seeded(Tsn(5, base=4))
    both = nn.Module()
    both.net, both.fc = model.focus, model.classifier.fc
    read = read_tsm_resnet(tsm_file(tmp_path / "r.pth", both))
    assert torch.equal(read.tsn()(FRAMES).logits, model(FRAMES).logits)


@torch.no_grad()
def test_two_backbones_make_one_network(tmp_path: Path) -> None:
    glance, focus = seeded(GlanceStream(NARROW, 5, 3)), seeded(FocusStream(4, 5, 3))
    first = read_tsm_mobilenet(tsm_file(tmp_path / "g.pth", glance))
    second = read_tsm_resnet(tsm_file(tmp_path / "f.pth", focus))
    assert first.channels == NARROW
    model = build_tsm_plus(first, second, glance_frames=3, focus_frames=3)
    output = model(FRAMES, FRAMES)
    assert torch.equal(output.glance_logits, glance(FRAMES)[2])
    assert torch.equal(output.focus_logits, focus(FRAMES)[1])


def test_backbones_of_different_classes(tmp_path: Path) -> None:
    glance = read_tsm_mobilenet(tsm_file(tmp_path / "g.pth", seeded(GlanceStream(NARROW, 5, 3))))
    focus = read_tsm_resnet(tsm_file(tmp_path / "f.pth", seeded(FocusStream(4, 6, 3))))
    with pytest.raises(CheckpointError, match="5 classes and the other 6"):
        build_tsm_plus(glance, focus)


@torch.no_grad()
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_x3d_of_slowfast(tmp_path: Path, wrapped: bool) -> None:
    model = seeded(X3D(X3DSizes(8, (8, 8, 8, 8), (8, 8, 8, 8), (1, 2, 1, 1), 16, 8, 5)))
    state = model.state_dict()
    content = {"epoch": 1, "model_state": state, "optimizer_state": {}, "cfg": "A: 1"}
    torch.save(content if wrapped else state, tmp_path / "x.pyth")
    read = read_x3d(tmp_path / "x.pyth")
    assert read.sizes == model.sizes
    assert torch.equal(read(FRAMES), model(FRAMES))


def test_a_missing_entry_is_named(tmp_path: Path) -> None:
    state = torchvision_state(seeded(Tsn(5, base=4)))
    del state["layer3.4.bn2.bias"]
    torch.save(state, tmp_path / "r.pth")
    with pytest.raises(CheckpointError, match=r"layer3\.4\.bn2\.bias"):
        read_torchvision_resnet(tmp_path / "r.pth")


def test_another_system_is_named(tmp_path: Path) -> None:
    torch.save({"state_dict": {"module.policy_stn.0.weight": torch.ones(1)}}, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of AdaFocusV2-TSM"):
        read_tsm_resnet(tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="not complete"):
        read_torchvision_resnet(tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=r"X3D but not complete|no state dict"):
        read_x3d(tmp_path / "c.pth")


@pytest.mark.parametrize("shifted", [False, True])
def test_a_dense_network_is_read_back_as_it_was_arranged(tmp_path: Path, shifted: bool) -> None:
    model = seeded(Tsm(5, 3, base=4) if shifted else Tsn(5, base=4))
    torch.save(tsm_layout(model), tmp_path / "dense.pth.tar")
    read = read_tsm_resnet(tmp_path / "dense.pth.tar")
    found = read.tsm(3) if shifted else read.tsn()
    assert all(torch.equal(value, found.state_dict()[name]) for name, value in model.state_dict().items())


def test_an_x3d_is_read_back_as_it_was_arranged(tmp_path: Path) -> None:
    widths = (8, 8, 8, 8)
    model = seeded(X3D(X3DSizes(8, widths, widths, (1, 2, 1, 1), 16, 8, 5)))
    torch.save(x3d_layout(model), tmp_path / "x3d.pth.tar")
    found = read_x3d(tmp_path / "x3d.pth.tar").state_dict()
    assert all(torch.equal(value, found[name]) for name, value in model.state_dict().items())
