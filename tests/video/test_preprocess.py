"""Crops against the ones made by the published code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.bundle.manifest import Preprocessing
from foveate.bundle.vocabulary import CropRounding, Resize, View
from foveate.video.geometry import Geometry, geometry_of
from foveate.video.preprocess import preprocess
from tests.video import golden
from tests.video.made import SMALL, blank_pages, picture

PILLOW = Preprocessing(
    resize=Resize.PILLOW_BILINEAR,
    short_side=256,
    crop=224,
    crop_rounding=CropRounding.HALF_EVEN,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
OPENCV = Preprocessing(
    resize=Resize.OPENCV_BILINEAR,
    short_side=224,
    crop=224,
    crop_rounding=CropRounding.FLOOR,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
VIEWS = PILLOW.model_copy(
    update={"crop_rounding": CropRounding.QUARTERS, "views": (View.LEFT, View.RIGHT, View.CENTRE)}
)


def made(frame: NDArray[np.uint8], preprocessing: Preprocessing) -> tuple[list[NDArray[np.uint8]], Geometry]:
    geometry = geometry_of(preprocessing, frame.shape[1], frame.shape[0])
    pages = blank_pages(len(preprocessing.views), preprocessing.crop)
    preprocess(frame, preprocessing, geometry, pages)
    return pages, geometry


@pytest.mark.parametrize("image", range(6))
def test_pillow_crops(shared: Path, image: int) -> None:
    said = golden.read(shared, "adafocus-preprocess")["images"][str(image)]
    stored = golden.arrays(shared, "adafocus-preprocess")
    (page,), geometry = made(golden.frame(shared, said["frames_seed"], said["frames_shape"]), PILLOW)
    assert [geometry.resized_height, geometry.resized_width] == said["resized_to_height_width"]
    assert geometry.corners[0][::-1] == tuple(said["crop_top_left"])
    assert int(page.sum()) == said["crop_sum"]
    np.testing.assert_array_equal(page[::4, ::4], stored[f"crop_{image}"])


def videos(shared: Path, name: str) -> list[tuple[dict[str, Any], NDArray[Any]]]:
    """What is said of each video, and its stored crop: the first whole, others every second pixel."""
    stored = golden.arrays(shared, name)
    said = golden.read(shared, name)["videos"]
    return [(video, stored[f"v{number}_uint8"]) for number, video in enumerate(said)]


def test_opencv_crops_bit_for_bit(shared: Path) -> None:
    for said, stored in videos(shared, "ocsampler-unit-prep"):
        (page,), geometry = made(golden.frame(shared, said["seed"], said["shape"]), OPENCV)
        assert [geometry.resized_width, geometry.resized_height] == said["resized_wh"]
        assert list(geometry.corners[0]) == said["crop_left_top"]
        step = 224 // len(stored)
        np.testing.assert_array_equal(page[::step, ::step], stored)


def test_pillow_crops_of_the_other_family(shared: Path) -> None:
    for said, stored in videos(shared, "uni-adafocus-unit-prep"):
        frame = golden.frame(shared, said["seed"], said["shape"])
        (page,), geometry = made(frame, PILLOW)
        assert [geometry.resized_width, geometry.resized_height] == said["resized_wh"]
        step = 224 // len(stored)
        np.testing.assert_array_equal(page[::step, ::step], stored)
        _, three = made(frame, VIEWS)
        assert [[y, x] for x, y in three.corners] == said["three_crops_top_left"]


@pytest.mark.parametrize("preprocessing", [PILLOW, OPENCV, VIEWS])
def test_one_pixel_becomes_a_flat_crop(preprocessing: Preprocessing) -> None:
    pages, _ = made(np.full((1, 1, 3), (10, 120, 250), np.uint8), preprocessing)
    for page in pages:
        assert np.abs(page.astype(int) - (10, 120, 250)).max() <= 1


def test_views_are_crops_of_one_frame() -> None:
    frame = picture(1, 455, 256)
    pages, geometry = made(frame, VIEWS)
    for page, (x, y) in zip(pages, geometry.corners, strict=True):
        np.testing.assert_array_equal(page, frame[y : y + 224, x : x + 224])


def test_unresized_frames_are_copied() -> None:
    exact = PILLOW.model_copy(update={"resize": Resize.NONE})
    frame = picture(4, 224, 224)
    (page,), _ = made(frame, exact)
    np.testing.assert_array_equal(page, frame)


def test_a_page_for_each_view() -> None:
    frame = picture(1, 96, 64)
    with pytest.raises(ValueError, match="zip"):
        preprocess(frame, SMALL, geometry_of(SMALL, 96, 64), blank_pages(2))
