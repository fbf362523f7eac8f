from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.uni_adafocus import UniOptions
from models.uni_adafocus_checkpoint import read_uni_adafocus
from models.uni_adafocus_tsm import UniAdaFocusTsm
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm, uni_adafocus_tsm_layout
from tests.models.small_uni import TSM, TSM_OPTIONS, uni_adafocus_tsm


@pytest.fixture
def small() -> UniAdaFocusTsm:
    return uni_adafocus_tsm()


def test_layout_is_read_back(small: UniAdaFocusTsm, tmp_path: Path) -> None:
    path = tmp_path / "small.pth.tar"
    torch.save(uni_adafocus_tsm_layout(small, {"epoch": 3, "arch": "resnet50"}), path)
    checkpoint = read_uni_adafocus_tsm(path)
    assert checkpoint.sizes == TSM
    again = checkpoint.build(TSM_OPTIONS)
    for name, value in small.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_another_system_is_named(small: UniAdaFocusTsm, tmp_path: Path) -> None:
    torch.save(uni_adafocus_tsm_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of Uni-AdaFocus-TSM"):
        read_uni_adafocus(tmp_path / "c.pth")


def test_more_frames_than_candidates(small: UniAdaFocusTsm, tmp_path: Path) -> None:
    torch.save(uni_adafocus_tsm_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="12 of 9 frames"):
        read_uni_adafocus_tsm(tmp_path / "c.pth").build(
            UniOptions(patch=32, candidates=9, focus_frames=12, crop=64, smallest=28)
        )
