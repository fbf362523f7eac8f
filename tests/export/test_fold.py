import torch
from torch import nn

from export.fold import folded
from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.resnet import ResNet50
from models.seeded import seeded_state, shapes_of
from models.temporal_shift import ShiftedConv, shifted_resnet50


def test_folding_changes_no_result_and_not_the_original() -> None:
    frames = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for network in (MobileNetV2(MobileNetV2Channels(8, (8,) * 7, 16)), ResNet50(4)):
        network.load_state_dict(seeded_state(shapes_of(network.state_dict())))
        network.eval()
        norms = sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())
        copy = folded(network)
        with torch.no_grad():
            torch.testing.assert_close(copy(frames), network(frames), rtol=1e-4, atol=1e-4)
        assert norms > 50
        assert not any(isinstance(m, nn.BatchNorm2d) for m in copy.modules())
        assert sum(isinstance(m, nn.BatchNorm2d) for m in network.modules()) == norms


def test_a_shifted_convolution_and_a_linear_layer_take_one_in_too() -> None:
    shifted = shifted_resnet50(4, 2)
    linear = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Tanh())
    for network, x in ((shifted, torch.randn(4, 3, 64, 64)), (linear, torch.randn(3, 6))):
        network.load_state_dict(seeded_state(shapes_of(network.state_dict())))
        copy = folded(network.eval())
        with torch.no_grad():
            torch.testing.assert_close(copy(x), network(x), rtol=1e-4, atol=1e-4)
        assert not any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in copy.modules())
    assert any(isinstance(m, ShiftedConv) for m in folded(shifted).modules())


def test_a_normalisation_elsewhere_is_kept() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4))
    assert isinstance(folded(network)[2], nn.BatchNorm2d)


def test_a_convolution_in_3d_takes_one_in() -> None:
    clip = torch.randn(2, 3, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    conv = nn.Conv3d(3, 6, (3, 1, 1), padding=(1, 0, 0), groups=3, bias=False)
    network = nn.Sequential(conv, nn.BatchNorm3d(6), nn.ReLU())
    network.load_state_dict(seeded_state(shapes_of(network.state_dict())))
    copy = folded(network.eval())
    assert isinstance(copy[1], nn.Identity)
    with torch.no_grad():
        torch.testing.assert_close(copy(clip), network(clip), rtol=1e-4, atol=1e-4)
