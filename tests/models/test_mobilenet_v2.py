import torch

from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels, PooledMobileNetV2
from models.seeded import shapes_of


def test_the_published_width_has_the_published_parameters() -> None:
    network = MobileNetV2(MobileNetV2Channels())
    assert sum(p.numel() for p in network.parameters()) == 2_223_872


def test_a_map_is_a_thirty_second_of_the_frame() -> None:
    channels = MobileNetV2Channels.scaled(0.25)
    with torch.no_grad():
        maps = MobileNetV2(channels).eval()(torch.zeros(2, 3, 96, 64))
    assert maps.shape == (2, 1280, 3, 2)


def test_half_width_rounds_as_published() -> None:
    half = MobileNetV2Channels.scaled(0.5)
    assert (half.stem, half.stages, half.last) == (16, (8, 16, 16, 32, 48, 80, 160), 1280)
    assert MobileNetV2Channels.scaled(1.0) == MobileNetV2Channels()


def test_channels_are_read_back_from_shapes() -> None:
    for channels in (MobileNetV2Channels(), MobileNetV2Channels(8, (8, 16, 8, 16, 8, 16, 24), 40)):
        with torch.device("meta"):
            state = MobileNetV2(channels).state_dict()
        assert MobileNetV2Channels.of(shapes_of(state)) == channels


def test_names_are_torchvisions() -> None:
    names = MobileNetV2(MobileNetV2Channels.scaled(0.25)).state_dict().keys()
    assert {
        "features.0.0.weight",
        "features.1.conv.0.0.weight",
        "features.1.conv.1.weight",
        "features.1.conv.2.running_var",
        "features.17.conv.1.1.bias",
        "features.17.conv.3.bias",
        "features.18.1.running_mean",
    } <= names
    assert len(names) == 52 * 6


@torch.no_grad()
def test_pooled_it_gives_the_mean_of_its_map() -> None:
    network = PooledMobileNetV2(MobileNetV2Channels.scaled(0.25)).eval()
    frames = torch.rand(2, 3, 64, 64)
    assert network.channels == 1280
    torch.testing.assert_close(network(frames), network.maps(frames).mean((2, 3)))
    plain = MobileNetV2(MobileNetV2Channels.scaled(0.25)).eval()
    plain.load_state_dict(network.state_dict())
    torch.testing.assert_close(network.maps(frames), plain(frames))
