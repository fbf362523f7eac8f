"""The temporal shift as it runs on a CPU and, in Triton's interpreter, on a GPU: it is the networks'."""

import pytest
import torch
from torch import Tensor

from foveate.device import temporal_shift as module
from foveate.device.temporal_shift import temporal_shift
from models.temporal_shift import temporal_shift as of_the_networks
from tests.device.kernels.kinds import Interpreted
from tests.device.kernels.on_cpu import run_kernels


@pytest.fixture(params=["cpu", "kernels", "cuda"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """Where shifts run: as on a CPU, there with the kernel of a GPU, and on a GPU."""
    kind = str(request.param)
    if kind == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    if kind == "kernels":
        interpreted: Interpreted = request.getfixturevalue("interpreted")
        run_kernels(interpreted, monkeypatch)
    return torch.device("cuda" if kind == "cuda" else "cpu")


def drawn(*shape: int) -> Tensor:
    made = torch.randn(shape, generator=torch.Generator().manual_seed(7))
    return made.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("frames", "divisor"), [(1, 8), (2, 3), (5, 8), (10, 2)])
def test_it_is_that_of_the_networks(where: torch.device, frames: int, divisor: int) -> None:
    value = drawn(20, 24, 3, 5)
    before = value.clone()
    shifted = temporal_shift(value.to(where), (frames, 24 // divisor))
    assert torch.equal(shifted.cpu(), of_the_networks(value, frames, divisor))
    assert shifted.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(value, before)


def test_other_maps_lie_as_before() -> None:
    for value in drawn(6, 8, 3, 5).contiguous(), drawn(6, 3, 5, 8).permute(0, 3, 2, 1):
        shifted = temporal_shift(value, (3, 2))
        assert torch.equal(shifted, of_the_networks(value, 3, 4))
        assert shifted.stride() == value.stride()
        assert not module._by_kernel(value)


def test_frames_that_are_no_whole_videos_are_refused() -> None:
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        temporal_shift(drawn(7, 8, 1, 1), (3, 1))
