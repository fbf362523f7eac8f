import pytest
import torch
from torch import Tensor

from models.mobilenet_v2 import MobileNetV2Channels
from models.temporal_shift import ShiftedConv, shifted_mobilenet_v2, shifted_resnet50, temporal_shift
from tests.models.small_networks import NARROW, noise, seeded


def by_loop(x: Tensor, frames: int, divisor: int) -> Tensor:
    part = x.shape[1] // divisor
    out = torch.empty_like(x)
    for place in range(x.shape[0]):
        step = place % frames
        for channel in range(x.shape[1]):
            source: int | None = place
            if channel < part:
                source = place + 1 if step < frames - 1 else None
            elif channel < 2 * part:
                source = place - 1 if step else None
            out[place, channel] = 0 if source is None else x[source, channel]
    return out


@pytest.mark.parametrize(("channels", "frames", "divisor"), [(24, 8, 8), (20, 5, 10), (19, 3, 8), (8, 1, 8)])
def test_it_is_what_a_plain_loop_gives(channels: int, frames: int, divisor: int) -> None:
    x = noise(2 * frames, channels, 3, 2)
    torch.testing.assert_close(
        temporal_shift(x, frames, divisor), by_loop(x, frames, divisor), rtol=0, atol=0
    )


def test_too_few_channels_stay_where_they_are() -> None:
    x = noise(4, 7, 2, 2)
    assert temporal_shift(x, 2, 8) is x


def test_every_block_of_the_resnet_is_shifted() -> None:
    network = shifted_resnet50(4, frames=3)
    shifted = [name for name, part in network.named_modules() if isinstance(part, ShiftedConv)]
    assert len(shifted) == 16
    assert "layer3.5.conv1" in shifted
    assert "layer1.0.conv1.net.weight" in network.state_dict()


def test_the_published_blocks_of_the_mobilenet_are_shifted() -> None:
    network = shifted_mobilenet_v2(MobileNetV2Channels(), frames=8)
    shifted = [name for name, part in network.named_modules() if isinstance(part, ShiftedConv)]
    blocks = [3, 5, 6, 8, 9, 10, 12, 13, 15, 16]
    assert shifted == [f"features.{block}.conv.0.0" for block in blocks]


@pytest.mark.parametrize("divisor", [8, 10])
def test_a_shifted_backbone_mixes_the_frames_of_a_video_only(divisor: int) -> None:
    channels = MobileNetV2Channels.scaled(0.5)
    for network in (shifted_resnet50(8, 3, divisor), shifted_mobilenet_v2(channels, 3, divisor)):
        seeded(network)
        frames = noise(6, 3, 64, 64)
        other = frames.clone()
        other[5] += 1
        with torch.inference_mode():
            difference = (network(frames) - network(other)).flatten(1).abs().amax(1)
        assert torch.equal(difference[:3], torch.zeros(3))
        assert (difference[3:] > 0).all()


def test_what_is_added_to_a_branch_is_not_shifted() -> None:
    block = shifted_mobilenet_v2(NARROW, frames=2).features[3].eval()
    with torch.no_grad():
        block.get_parameter("conv.3.weight").zero_()
        block.get_parameter("conv.3.bias").zero_()
    x = noise(4, 8, 5, 5)
    torch.testing.assert_close(block(x), x)
