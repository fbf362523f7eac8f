import pytest
import torch
from torch.nn import functional

from foveate.device.layout import concatenate, order_of, pad

VIDEO = torch.randn((2, 4, 5, 6, 12), generator=torch.Generator().manual_seed(0)).permute(0, 1, 4, 2, 3)
"""Videos of frames whose channels lie last: (2, 4, 12, 5, 6)."""


def test_order_is_that_of_memory() -> None:
    assert order_of(VIDEO) == [0, 1, 3, 4, 2]
    assert order_of(VIDEO.contiguous()) == [0, 1, 2, 3, 4]


def test_a_shift_in_time_leaves_channels_last() -> None:
    earlier = pad(VIDEO[:, 1:, :3], [0] * 5, [0, 1, 0, 0, 0], 0.0)
    later = pad(VIDEO[:, :-1, 3:6], [0, 1, 0, 0, 0], [0] * 5, 0.0)
    shifted = concatenate([earlier, later, VIDEO[:, :, 6:]], 2)
    assert order_of(shifted) == order_of(VIDEO)
    # Frames of all videos in a row, without a copy: what the convolution after it takes.
    assert shifted.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    wanted = torch.zeros_like(VIDEO)
    wanted[:, :-1, :3], wanted[:, 1:, 3:6], wanted[:, :, 6:] = (
        VIDEO[:, 1:, :3],
        VIDEO[:, :-1, 3:6],
        VIDEO[:, :, 6:],
    )
    assert torch.equal(shifted, wanted)


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_any_axis_is_joined(axis: int) -> None:
    joined = concatenate([VIDEO, VIDEO.contiguous()], axis)
    assert torch.equal(joined, torch.cat([VIDEO.contiguous(), VIDEO.contiguous()], axis))


def test_each_end_is_padded_on_its_own() -> None:
    found = pad(VIDEO, [0, 1, 0, 0, 2], [1, 0, -3, 0, 3], 7.0)
    assert torch.equal(found, functional.pad(VIDEO.contiguous(), [2, 3, 0, 0, 0, -3, 1, 0, 0, 1], value=7.0))
    assert order_of(found) == order_of(VIDEO)
