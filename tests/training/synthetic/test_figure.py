import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.synthetic.figure import Box, Look, draw_figure, look
from training.synthetic.pose import Pose, body_of

DRESS = Look(skin=(200, 150, 100), shirt=(250, 0, 0), trousers=(0, 0, 250), hair=(30, 30, 30))


def drawn(
    facing: int = 1, pose: Pose | None = None, feet: tuple[float, float] = (50, 90)
) -> tuple[NDArray[np.uint8], Box]:
    scene = Image.new("RGB", (100, 100))
    box = draw_figure(scene, body_of(pose or Pose()), feet, 60.0, facing, DRESS)
    return np.asarray(scene), box


def test_it_is_where_its_box_says_and_nowhere_else() -> None:
    pixels, box = drawn()
    rows, columns = np.nonzero(pixels.any(2))
    assert rows.min() >= box.top - 2
    assert rows.max() <= box.bottom + 2
    assert columns.min() >= box.left - 2
    assert columns.max() <= box.right + 2
    assert 55 < rows.max() - rows.min() < 68


def test_the_head_is_above_the_shirt_and_the_shirt_above_the_trousers() -> None:
    pixels, _ = drawn()
    red = np.nonzero((pixels == (250, 0, 0)).all(2))[0].mean()
    blue = np.nonzero((pixels == (0, 0, 250)).all(2))[0].mean()
    dark = np.nonzero((pixels == (30, 30, 30)).all(2))[0].mean()
    assert dark < red < blue


def test_facing_the_other_way_mirrors_it() -> None:
    pose = Pose(arms=((1.5, 1.5), (0, 0)))
    right, left = drawn(1, pose)[1], drawn(-1, pose)[1]
    assert right.right - 50 == pytest.approx(50 - left.left)
    assert right.right - 50 > 50 - right.left


def test_edges_are_smooth_and_part_of_it_may_be_outside() -> None:
    pixels, _ = drawn()
    assert len(np.unique(pixels[..., 0])) > 8
    assert drawn(feet=(2, 30))[0].any()


def test_the_same_source_gives_the_same_look() -> None:
    assert look(np.random.default_rng(1)) == look(np.random.default_rng(1))
