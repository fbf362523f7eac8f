from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.uni_adafocus import UniOptions
from models.uni_checkpoint import check_options, layout, read_entries, renamed
from models.uni_policy import UniPolicySizes


def test_entries_are_read_without_module(tmp_path: Path) -> None:
    state = {"spatial_policy.w": torch.ones(1, dtype=torch.float16), "aux_fc.bias": torch.ones(2)}
    torch.save(layout(state, {"epoch": 1}), tmp_path / "c.pth")
    found, left = read_entries(tmp_path / "c.pth", "Uni-AdaFocus", ("aux_fc.",))
    assert left == ["aux_fc.bias"]
    assert found.keys() == {"spatial_policy.w"}
    assert found["spatial_policy.w"].dtype is torch.float32


def test_another_system_is_refused(tmp_path: Path) -> None:
    torch.save(layout({"policy_stn.encoder.0.weight": torch.ones(1)}), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of AdaFocusV2"):
        read_entries(tmp_path / "c.pth", "Uni-AdaFocus", ())


def test_the_first_beginning_counts() -> None:
    assert renamed("glance.net.conv", {"glance.net.": "a.", "glance.": "b."}) == "a.conv"


def test_a_resized_glance_may_have_any_crop() -> None:
    sizes = UniPolicySizes(map_side=5)
    check_options(sizes, UniOptions(), reduction=0)
    with pytest.raises(CheckpointError, match="no map of side 5"):
        check_options(sizes, UniOptions())
