from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from foveate.errors import CheckpointError
from models.flat_checkpoint import FlatCheckpoint, FlatLayout

LAYOUT = FlatLayout(
    system="Uni-AdaFocus",
    unused=("aux_fc.",),
    sizes=lambda shapes: shapes["spatial_policy.weight"],
    network=lambda sizes: nn.Linear(sizes[1], sizes[0]),
    names=lambda name, sizes: f"spatial_policy.{name}",
)


def test_a_network_comes_back_from_its_file(tmp_path: Path) -> None:
    network = nn.Linear(3, 2)
    content = LAYOUT.arrange(network, (2, 3), {"epoch": 1})
    assert content["state_dict"].keys() == {"module.spatial_policy.weight", "module.spatial_policy.bias"}
    assert content["epoch"] == 1
    content["state_dict"]["module.aux_fc.bias"] = torch.ones(2)
    torch.save(content, tmp_path / "c.pth")
    found = LAYOUT.read(tmp_path / "c.pth", FlatCheckpoint)
    assert found.sizes == (2, 3)
    assert found.dropped == ("state_dict.module.aux_fc.bias",)
    assert torch.equal(found.state["weight"], network.weight)
    assert len(found.sha256) == 64


def test_half_precision_is_read_as_single(tmp_path: Path) -> None:
    torch.save(LAYOUT.arrange(nn.Linear(3, 2).half(), (2, 3)), tmp_path / "c.pth")
    assert LAYOUT.read(tmp_path / "c.pth", FlatCheckpoint).state["bias"].dtype is torch.float32


def test_names_may_have_no_prefix() -> None:
    plain = replace(LAYOUT, names=lambda name, _: name, prefix="")
    assert plain.arrange(nn.Linear(3, 2), (2, 3))["state_dict"].keys() == {"weight", "bias"}


def test_another_system_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {"module.policy_stn.encoder.0.weight": torch.ones(1)}}, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of AdaFocusV2"):
        LAYOUT.read(tmp_path / "c.pth", FlatCheckpoint)


def test_a_missing_size_is_named(tmp_path: Path) -> None:
    torch.save({"state_dict": {"module.spatial_policy.bias": torch.ones(2)}}, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=r"not complete: spatial_policy\.weight is missing"):
        LAYOUT.read(tmp_path / "c.pth", FlatCheckpoint)
