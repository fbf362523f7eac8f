from pathlib import Path

import pytest
import torch
from torch import nn

from foveate.errors import CheckpointError
from models.adafocus_v2_tsm import AdaFocusV2Tsm
from models.names import flat_mobilenet
from models.streams import FocusStream, GlanceStream
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.x3d import X3D
from tests.training.end_to_end.tiny import TINY, network
from tests.training.forms.nets import network as staged_network
from tests.training.ocsampler.tiny import network as sampler
from training.build import build
from training.config import Start
from training.outcome import layout_of
from training.start import start_from


def backbones(net: nn.Module) -> dict[str, torch.Tensor]:
    return {
        name: value
        for name, value in net.state_dict().items()
        if name.startswith(("glance.", "focus.")) and not name.endswith("num_batches_tracked")
    }


def saved(path: Path, part: nn.Module, flat: bool = False, prefix: str = "") -> Path:
    """As torchvision saves a network: no shift in its names, and a last layer of a thousand classes."""
    state = {name.replace(".net.", "."): value for name, value in part.state_dict().items()}
    state = {prefix + (flat_mobilenet(name) if flat else name): value for name, value in state.items()}
    torch.save({"state_dict": state | {f"{prefix}fc.weight": torch.zeros(1000, 4)}}, path)
    return path


def within(part: nn.Module) -> nn.Module:
    """The backbone in what a system has around it."""
    for name in ("stream", "net"):
        part = dict(part.named_children()).get(name, part)
    return part


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("system", ["adafocus-v2", "adafocus-v2-tsm", "uni-adafocus", "uni-adafocus-tsm"])
def test_backbones_of_two_files(system: str, flat: bool, tmp_path: Path) -> None:
    donor, net = network(system, 1), network(system, 2)
    glance, focus = (within(donor.get_submodule(name)) for name in ("glance", "focus"))
    start = Start(
        glance=saved(tmp_path / "g.pth", glance, flat),
        focus=saved(tmp_path / "f.pth", focus, prefix="module.base_model."),
    )
    before = {name: value.clone() for name, value in net.state_dict().items()}
    start_from(net, start)
    wanted = backbones(donor)
    for name, value in net.state_dict().items():
        if name in wanted and name.split(".")[-2] not in ("fc", "early"):
            assert torch.equal(value, wanted[name]), name
        elif name.startswith(("policy", "classifier")):
            assert torch.equal(value, before[name]), name


def test_an_x3d_keeps_its_own_last_layer_where_the_classes_are_others(tmp_path: Path) -> None:
    donor, net = build(TINY["x3d"], 7), network("uni-adafocus-x3d")
    assert isinstance(donor, X3D)
    assert isinstance(net, UniAdaFocusX3d)
    torch.save(layout_of(donor), tmp_path / "x3d.pyth")
    start_from(net, Start(glance=tmp_path / "x3d.pyth"))
    assert torch.equal(net.glance.net.head.lin_5.weight, donor.head.lin_5.weight)
    assert len(net.glance.net.head.projection.bias) == 2
    assert net.local_head is not None
    for own, single in ((net.glance.net, net.glance.early), (net.focus.net, net.local_head)):
        maps = torch.randn(1, 16, 1, 1, 1)
        torch.testing.assert_close(single.eval()(maps.flatten(1)), own.head.logits(maps))
    dense = network("x3d", 3)
    assert isinstance(dense, X3D)
    start_from(dense, Start(focus=tmp_path / "x3d.pyth"))
    stem = "s1.pathway0_stem.conv.weight"
    assert torch.equal(dense.get_parameter(stem), donor.get_parameter(stem))


def test_what_is_no_backbone_is_named(tmp_path: Path) -> None:
    net, stacked = network("tsn"), network("adafocus-v2-tsm")
    assert isinstance(stacked, AdaFocusV2Tsm)
    other = saved(tmp_path / "g.pth", GlanceStream(stacked.sizes.glance, 2, 3).net)
    with pytest.raises(CheckpointError, match=r"g\.pth lacks conv1\.weight"):
        start_from(net, Start(focus=other))
    with pytest.raises(CheckpointError, match="no glance network"):
        start_from(net, Start(glance=other))
    wide = saved(tmp_path / "f.pth", FocusStream(8, 2, 3).net)
    with pytest.raises(CheckpointError, match="not "):
        start_from(net, Start(focus=wide))


@pytest.mark.parametrize("flat", [False, True])
def test_the_skim_network_starts_from_a_plain_mobilenet(flat: bool, tmp_path: Path) -> None:
    donor, net = sampler(1), sampler(2)
    glance = saved(tmp_path / "g.pth", donor.glance.net, flat)
    focus = saved(tmp_path / "f.pth", donor.focus)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    start_from(net, Start(glance=glance, focus=focus))
    wanted = donor.state_dict()
    for name, value in net.state_dict().items():
        kept = name.startswith(("policy", "classifier"))
        assert torch.equal(value, before[name] if kept else wanted[name]), name


def test_one_flat_file_starts_both_networks_of_one_kind(tmp_path: Path) -> None:
    donor, net = (staged_network("adafocus-v2 mobile", seed) for seed in (1, 2))
    focus = donor.get_submodule("focus").state_dict()
    state = {flat_mobilenet(name): value for name, value in focus.items()}
    torch.save(state, tmp_path / "flat.pt")
    start_from(net, Start(glance=tmp_path / "flat.pt", focus=tmp_path / "flat.pt"))
    for part in (net.get_submodule("glance.net"), net.get_submodule("focus")):
        for name, value in focus.items():
            if not name.endswith("num_batches_tracked"):
                assert torch.equal(part.state_dict()[name], value), name
