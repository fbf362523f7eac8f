"""Where crops lie, and the way back to the source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveate.bundle.manifest import Preprocessing
from foveate.bundle.vocabulary import CropRounding, Resize, View
from foveate.video.geometry import Box, corner, geometry_of, turn_upright


def wants(crop: int, short_side: int, *views: View) -> Preprocessing:
    return Preprocessing(
        resize=Resize.PILLOW_BILINEAR,
        short_side=short_side,
        crop=crop,
        crop_rounding=CropRounding.QUARTERS if len(views) > 1 else CropRounding.HALF_EVEN,
        views=views or (View.CENTRE,),
        mean=(0, 0, 0),
        std=(1, 1, 1),
    )


@pytest.mark.parametrize(
    ("rounding", "view", "expected"),
    [
        (CropRounding.HALF_EVEN, View.CENTRE, (58, 16)),
        (CropRounding.FLOOR, View.CENTRE, (58, 16)),
        (CropRounding.QUARTERS, View.LEFT, (0, 16)),
        (CropRounding.QUARTERS, View.CENTRE, (58, 16)),
        (CropRounding.QUARTERS, View.RIGHT, (116, 16)),
    ],
)
def test_corner(rounding: CropRounding, view: View, expected: tuple[int, int]) -> None:
    assert corner(rounding, view, 341, 256, 224) == expected


def test_halves_go_to_even() -> None:
    assert corner(CropRounding.HALF_EVEN, View.CENTRE, 455, 256, 224) == (116, 16)
    assert corner(CropRounding.FLOOR, View.CENTRE, 455, 256, 224) == (115, 16)
    assert corner(CropRounding.QUARTERS, View.CENTRE, 455, 256, 224) == (114, 16)


def test_side_views_need_quarters() -> None:
    with pytest.raises(ValueError, match="quarters"):
        corner(CropRounding.FLOOR, View.LEFT, 341, 256, 224)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90, 450])
def test_the_way_back_finds_the_pixels(rotation: int) -> None:
    # Without a resize a box of the crop is a block of source pixels: the same ones, turned.
    source = np.arange(60 * 40 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
    geometry = geometry_of(wants(20, 40), 60, 40, rotation)
    upright = turn_upright(source, geometry.rotation)
    assert upright.shape[1::-1] == geometry.upright_size
    x, y = geometry.corners[0]
    patch = upright[y + 2 : y + 9, x + 3 : x + 14]
    box = geometry.to_source(Box(y=2, x=3, height=7, width=11))
    top, left = round(box.y), round(box.x)
    block = source[top : top + round(box.height), left : left + round(box.width)]
    np.testing.assert_array_equal(turn_upright(block, geometry.rotation), patch)


@given(
    size=st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    rotation=st.sampled_from([0, 90, 180, 270]),
    box=st.builds(Box, *[st.floats(-50, 300)] * 2, *[st.floats(0, 300)] * 2),
    view=st.integers(0, 2),
)
def test_boxes_stay_within_the_source(size: tuple[int, int], rotation: int, box: Box, view: int) -> None:
    geometry = geometry_of(wants(224, 256, View.LEFT, View.CENTRE, View.RIGHT), *size, rotation)
    found = geometry.to_source(box, view)
    assert min(found.y, found.x, found.height, found.width) >= -1e-6
    assert found.x + found.width <= size[0] + 1e-6
    assert found.y + found.height <= size[1] + 1e-6


def test_the_whole_crop_undone() -> None:
    geometry = geometry_of(wants(224, 256), 512, 512)
    assert geometry.to_source(Box(0, 0, 224, 224)) == Box(y=32, x=32, height=448, width=448)


def test_a_crop_must_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        geometry_of(wants(300, 256), 640, 480)


def test_unresized_frames_must_have_the_crop_size() -> None:
    exact = wants(224, 224).model_copy(update={"resize": Resize.NONE})
    assert geometry_of(exact, 224, 224).corners == ((0, 0),)
    with pytest.raises(ValueError, match="must be 224 x 224"):
        geometry_of(exact, 225, 224)
