import numpy as np
import pytest

from training.synthetic.distractors import KINDS, Distractor, _picture, distractor


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_something_with_a_smooth_edge(kind: str) -> None:
    alpha = np.asarray(_picture(np.random.default_rng(2), kind, 30.0))[..., 3]
    assert (alpha > 200).mean() > 0.1
    assert alpha.shape[0] == 30


def test_it_moves_as_its_way_says() -> None:
    random = np.random.default_rng(3)
    still = distractor(random, 320, 256)
    moving = Distractor(still.picture, (100, 50), (10, 0), (0, 6), rate=0.25, phase=0)
    half = still.picture.width / 2, still.picture.height / 2
    assert moving.corner(0) == (round(100 - half[0]), round(50 - half[1]))
    assert moving.corner(1) == (round(110 - half[0]), round(56 - half[1]))


def test_the_same_source_makes_the_same_thing() -> None:
    first, again = (distractor(np.random.default_rng(5), 320, 256) for _ in range(2))
    assert first.start == again.start
    assert first.picture.tobytes() == again.picture.tobytes()
