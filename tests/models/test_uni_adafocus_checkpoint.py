from dataclasses import replace
from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.uni_adafocus import UniAdaFocus, UniOptions
from models.uni_adafocus_checkpoint import read_uni_adafocus, uni_adafocus_layout
from tests.models.small_uni import UNI, UNI_OPTIONS, uni_adafocus


@pytest.fixture
def small() -> UniAdaFocus:
    return uni_adafocus()


def test_layout_is_read_back(small: UniAdaFocus, tmp_path: Path) -> None:
    path = tmp_path / "small.pth.tar"
    torch.save(uni_adafocus_layout(small, {"epoch": 3, "best_acc1": torch.tensor(1.0)}), path)
    checkpoint = read_uni_adafocus(path)
    assert checkpoint.sizes == UNI
    again = checkpoint.build(UNI_OPTIONS)
    for name, value in small.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_auxiliary_heads_may_be_missing(small: UniAdaFocus, tmp_path: Path) -> None:
    content = uni_adafocus_layout(small)
    for name in [n for n in content["state_dict"] if "CNN_fc.1" in n]:
        del content["state_dict"][name]
    torch.save(content, tmp_path / "c.pth")
    assert read_uni_adafocus(tmp_path / "c.pth").sizes == replace(UNI, auxiliary=False)


@pytest.mark.parametrize(
    "entry",
    [
        "module.spatial_policy.encoder.9.weight",
        "module.classifier.local_classifiers.2.1.bias",
        "module.global_CNN.features.5.conv.4.running_var",
    ],
)
def test_a_missing_entry_is_named(small: UniAdaFocus, tmp_path: Path, entry: str) -> None:
    content = uni_adafocus_layout(small)
    del content["state_dict"][entry]
    torch.save(content, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=entry.removeprefix("module.")):
        read_uni_adafocus(tmp_path / "c.pth")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (UniOptions(patch=16, crop=64, smallest=28), "patch side of 16"),
        (UniOptions(patch=32, crop=224), "no map of side 2"),
        (UniOptions(patch=32, candidates=13, crop=64, smallest=28), "13 candidates"),
        (UniOptions(patch=32, crop=64, smallest=96), "smallest side of 96"),
    ],
)
def test_options_that_do_not_fit(
    small: UniAdaFocus, tmp_path: Path, options: UniOptions, message: str
) -> None:
    torch.save(uni_adafocus_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=message):
        read_uni_adafocus(tmp_path / "c.pth").build(options)
