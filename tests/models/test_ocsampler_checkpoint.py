from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.ocsampler import OCSampler, OCSamplerOptions
from models.ocsampler_checkpoint import ocsampler_layout, read_ocsampler
from models.uni_adafocus_checkpoint import read_uni_adafocus
from tests.models.small_uni import OCS, OCS_OPTIONS, ocsampler


@pytest.fixture
def small() -> OCSampler:
    return ocsampler()


def test_layout_is_read_back(small: OCSampler, tmp_path: Path) -> None:
    torch.save(ocsampler_layout(small, {"meta": {"epoch": 1}}), tmp_path / "c.pth")
    checkpoint = read_ocsampler(tmp_path / "c.pth")
    assert checkpoint.sizes == OCS
    again = checkpoint.build(OCS_OPTIONS)
    for name, value in small.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


@pytest.mark.parametrize(
    "entry", ["sampler.logit.weight", "backbone.model.6.2.bn2.weight", "sampler.layer6.1.conv.0.net.bn.bias"]
)
def test_a_missing_entry_is_named(small: OCSampler, tmp_path: Path, entry: str) -> None:
    content = ocsampler_layout(small)
    del content["state_dict"][entry]
    torch.save(content, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=entry):
        read_ocsampler(tmp_path / "c.pth")


def test_another_system_is_named(small: OCSampler, tmp_path: Path) -> None:
    torch.save(ocsampler_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match="it is of OCSampler"):
        read_uni_adafocus(tmp_path / "c.pth")


@pytest.mark.parametrize("options", [OCSamplerOptions(keep=11), OCSamplerOptions(divisor=1)])
def test_options_that_do_not_fit(small: OCSampler, tmp_path: Path, options: OCSamplerOptions) -> None:
    torch.save(ocsampler_layout(small), tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=r"cannot be kept|divisor"):
        read_ocsampler(tmp_path / "c.pth").build(options)
