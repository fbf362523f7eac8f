import pytest
import torch
from torch import nn

from models.map_encoder import EncoderSizes, map_encoder
from models.seeded import shapes_of
from tests.models.small_networks import noise, seeded

SIZES = EncoderSizes(channels=6, map_side=3, squeezed=2, encoded=5)


@pytest.mark.parametrize(("norms", "convolution", "linear"), [(True, "0", "4"), (False, "0", "3")])
def test_sizes_are_read_off_the_weights(norms: bool, convolution: str, linear: str) -> None:
    encoder = map_encoder(SIZES, nn.ReLU, norms)
    shapes = shapes_of(encoder.state_dict())
    assert EncoderSizes.of(shapes, f"{convolution}.weight", f"{linear}.weight") == SIZES
    assert ("1.running_mean" in shapes) == norms


def test_a_linear_layer_that_fits_no_square_map_is_named() -> None:
    with pytest.raises(ValueError, match=r"4\.weight"):
        EncoderSizes.of({"0.weight": (2, 6, 1, 1), "4.weight": (5, 14)}, "0.weight", "4.weight")


@pytest.mark.parametrize(("activation", "low"), [(nn.ReLU, 0.0), (nn.Tanh, -1.0)])
def test_both_layers_end_in_the_activation(activation: type[nn.Module], low: float) -> None:
    encoder = seeded(map_encoder(SIZES, activation))
    out = encoder(3 * noise(4, 6, 3, 3))
    assert out.shape == (4, 5)
    assert out.min() >= low
    assert (out != 0).any()
    by_hand = noise(4, 6, 3, 3)
    for layer in encoder:
        by_hand = layer(by_hand)
    torch.testing.assert_close(encoder(noise(4, 6, 3, 3)), by_hand)
