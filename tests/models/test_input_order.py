import json
from pathlib import Path

import pytest

from models.input_order import bisection_order


def test_it_is_the_published_order(shared: Path) -> None:
    text = (shared / "golden" / "adafocus-sampling.json").read_text("utf-8")
    orders = json.loads(text)["v2_input_order"]["order"]
    assert len(orders) == 12
    for frames, order in orders.items():
        assert list(bisection_order(int(frames))) == order


def test_sixteen_frames() -> None:
    assert bisection_order(16) == (7, 0, 15, 3, 11, 1, 5, 9, 13, 2, 4, 6, 8, 10, 12, 14)


@pytest.mark.parametrize("frames", [3, 4, 9, 17, 31, 100])
def test_every_frame_once(frames: int) -> None:
    assert sorted(bisection_order(frames)) == list(range(frames))


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_fewer_than_three_have_no_order(frames: int) -> None:
    with pytest.raises(ValueError, match=f"of {frames} frames"):
        bisection_order(frames)
