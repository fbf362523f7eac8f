import pytest
import torch

from models.resnet import ResNet50


def test_the_published_width_has_the_published_parameters() -> None:
    assert sum(p.numel() for p in ResNet50().parameters()) == 23_508_032


@pytest.mark.parametrize(("side", "map_side"), [(48, 2), (96, 3), (144, 5), (176, 6)])
def test_any_patch_gives_one_feature(side: int, map_side: int) -> None:
    network = ResNet50(4).eval()
    frames = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        maps, feature = network.maps(frames), network(frames)
    assert maps.shape == (2, 128, map_side, map_side)
    torch.testing.assert_close(feature, maps.mean((2, 3)))


def test_the_stride_is_on_the_three_by_three() -> None:
    block = ResNet50(4).get_submodule("layer2.0")
    assert block.get_submodule("conv1").stride == (1, 1)
    assert block.get_submodule("conv2").stride == (2, 2)
