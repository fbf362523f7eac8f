import pytest
import torch

from models.seeded import shapes_of
from models.x3d import X3D, SqueezeExcitation, X3DSizes


def meta(sizes: X3DSizes) -> X3D:
    with torch.device("meta"):
        return X3D(sizes)


@pytest.mark.parametrize(("sizes", "millions"), [(X3DSizes(), 3.79), (X3DSizes.large(), 6.15)])
def test_as_many_parameters_as_published(sizes: X3DSizes, millions: float) -> None:
    counted = sum(parameter.numel() for parameter in meta(sizes).parameters())
    assert round(counted / 1e6, 2) == millions


@pytest.mark.parametrize("sizes", [X3DSizes(), X3DSizes.large(7)])
def test_sizes_from_shapes(sizes: X3DSizes) -> None:
    assert X3DSizes.of(shapes_of(meta(sizes).state_dict())) == sizes


@pytest.mark.parametrize(("inner", "squeezed"), [(54, 8), (108, 8), (216, 16), (432, 32)])
def test_squeezed_channels(inner: int, squeezed: int) -> None:
    assert SqueezeExcitation(inner).fc1.out_channels == squeezed


def test_every_other_block_weighs_its_channels() -> None:
    names = meta(X3DSizes()).state_dict()
    weighing = {name.split(".")[1] for name in names if name.startswith("s4.") and ".se.fc1.weight" in name}
    assert weighing == {f"pathway0_res{number}" for number in (0, 2, 4, 6, 8, 10)}


@torch.no_grad()
def test_every_frame_keeps_a_map() -> None:
    torch.set_num_threads(1)
    small = X3D(X3DSizes(8, (8, 8, 8, 8), (8, 8, 8, 8), (1, 1, 1, 1), 16, 8, 5)).eval()
    maps = small.maps(torch.randn(2, 3, 3, 80, 64))
    assert maps.shape == (2, 16, 3, 3, 2)
    assert small(torch.randn(2, 3, 3, 64, 64)).shape == (2, 5)
