from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from models.uni_adafocus_x3d import UniAdaFocusX3d
from models.uni_adafocus_x3d_checkpoint import read_uni_adafocus_x3d, uni_adafocus_x3d_layout
from tests.models.small_uni import X3D, X3D_OPTIONS, uni_adafocus_x3d


@pytest.fixture
def small() -> UniAdaFocusX3d:
    return uni_adafocus_x3d()


def test_layout_is_read_back(small: UniAdaFocusX3d, tmp_path: Path) -> None:
    path = tmp_path / "small.pth.tar"
    torch.save(uni_adafocus_x3d_layout(small, {"epoch": 3, "arch": "resnet50"}), path)
    checkpoint = read_uni_adafocus_x3d(path)
    assert checkpoint.sizes == X3D
    again = checkpoint.build(X3D_OPTIONS)
    for name, value in small.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_a_missing_entry_is_named(small: UniAdaFocusX3d, tmp_path: Path) -> None:
    content = uni_adafocus_x3d_layout(small)
    del content["state_dict"]["module.local_CNN.s4.pathway0_res2.branch2.se.fc1.bias"]
    torch.save(content, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=r"local_CNN\.s4\.pathway0_res2\.branch2\.se\.fc1\.bias"):
        read_uni_adafocus_x3d(tmp_path / "c.pth")


def test_another_system_is_named(small: UniAdaFocusX3d, tmp_path: Path) -> None:
    torch.save(uni_adafocus_x3d_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of Uni-AdaFocus-X3D"):
        read_uni_adafocus_tsm(tmp_path / "c.pth")
