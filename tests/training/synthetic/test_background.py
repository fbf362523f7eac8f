import numpy as np
import pytest

from training.synthetic.background import background, colour


def test_a_scene_has_its_size_and_is_never_flat() -> None:
    image = background(np.random.default_rng(1), 96, 64, clutter=20)
    pixels = np.asarray(image, np.float32)
    assert pixels.shape == (64, 96, 3)
    blocks = pixels.reshape(8, 8, 8, 12, 3).std((1, 3))
    assert blocks.min() > 1


@pytest.mark.parametrize("clutter", [0, 40])
def test_the_same_source_makes_the_same_scene_and_another_another(clutter: int) -> None:
    first, again, other = (
        np.asarray(background(np.random.default_rng(seed), 64, 64, clutter)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_colours_are_within_their_range() -> None:
    random = np.random.default_rng(0)
    values = np.array([colour(random) for _ in range(200)])
    assert values.min() >= 20
    assert values.max() < 236
