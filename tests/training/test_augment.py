import numpy as np
import torch

from training.augment import Crop, draw_crop, draw_resized_crop, middle_crop

SCALES = (1.0, 0.875, 0.75, 0.66)


def drawn(flip: bool = True, count: int = 3000) -> list[Crop]:
    random = np.random.default_rng(0)
    return [draw_crop(256, SCALES, flip, random) for _ in range(count)]


def test_sides_are_the_published_shares_one_step_apart_at_most() -> None:
    sides = [256, 224, 192, 168]
    pairs = {(crop.height, crop.width) for crop in drawn()}
    assert pairs == {(h, w) for i, h in enumerate(sides) for j, w in enumerate(sides) if abs(i - j) <= 1}


def test_places_are_thirteen() -> None:
    places = {(crop.top, crop.left) for crop in drawn() if (crop.height, crop.width) == (192, 192)}
    quarters = {(y // 16, x // 16) for y, x in places}
    assert len(quarters) == 13
    assert quarters == {(y, x) for y in range(5) for x in range(5) if y % 2 == x % 2}


def test_every_other_is_mirrored_unless_told_not_to() -> None:
    share = np.mean([crop.mirrored for crop in drawn()])
    assert 0.45 < share < 0.55
    assert not any(crop.mirrored for crop in drawn(flip=False))


def test_pixels_of_a_crop() -> None:
    frames = torch.arange(64.0).reshape(1, 1, 8, 8).expand(3, 2, 8, 8)
    plain = Crop(2, 1, 4, 4).of(frames, 4)
    assert torch.equal(plain, frames[..., 2:6, 1:5])
    assert torch.equal(Crop(2, 1, 4, 4, mirrored=True).of(frames, 4), plain.flip(-1))
    smaller = Crop(0, 0, 8, 4).of(frames, 4)
    assert smaller.shape == (3, 2, 4, 4)
    # Made smaller down and not across: lines are mixed, columns are not.
    torch.testing.assert_close(smaller[0, 0, :, 1] - smaller[0, 0, :, 0], torch.ones(4))


def test_the_middle_is_rounded_to_even() -> None:
    assert middle_crop(256, 224) == Crop(16, 16, 224, 224)
    assert middle_crop(73, 64).top == 4
    assert middle_crop(75, 64).top == 6


def test_a_resized_crop_has_the_area_and_the_shape_it_may_have() -> None:
    random = np.random.default_rng(0)
    crops = [draw_resized_crop(256, (0.2, 0.9), True, random) for _ in range(2000)]
    areas = np.array([crop.height * crop.width / 256**2 for crop in crops])
    shapes = np.array([crop.width / crop.height for crop in crops])
    assert 0.19 < areas.min() < 0.22
    assert 0.85 < areas.max() < 0.91
    assert 0.73 < shapes.min() < 0.78
    assert 1.29 < shapes.max() < 1.36
    assert all(crop.top + crop.height <= 256 and crop.left + crop.width <= 256 for crop in crops)
    assert 0.45 < np.mean([crop.mirrored for crop in crops]) < 0.55


def test_the_whole_frame_is_a_crop_too() -> None:
    crops = [draw_resized_crop(64, (1.0, 1.0), False, np.random.default_rng(seed)) for seed in range(50)]
    assert max((crop.height, crop.width) for crop in crops) == (64, 64)
    assert not any(crop.mirrored for crop in crops)
