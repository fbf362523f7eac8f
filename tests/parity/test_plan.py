import numpy as np
import pytest

from foveate.parity.plan import MARGIN, frame_margin, lost


def rectangles(*corners: int) -> np.ndarray:
    return np.array([[[corner, 0, 40, 40] for corner in corners]], np.float32)


@pytest.mark.parametrize(("gap", "count"), [(0.0, 0), (MARGIN / 2, 0), (MARGIN * 1.01, 1), (1.0, 1)])
def test_a_margin_of_a_hundredth_must_survive(gap: float, count: int) -> None:
    scores = np.zeros((1, 2, 4), np.float32)
    scores[0, :, 2] = gap
    wanted = {"rectangles": rectangles(7, 7), "logits": scores}
    assert lost({"rectangles": rectangles(7, 7)}, wanted) == 0
    assert lost({"rectangles": rectangles(7, 9)}, wanted) == count


@pytest.mark.parametrize("scores", [{}, {"logits": np.zeros((1, 1, 2), np.float32)}])
def test_a_place_between_the_pixels_may_move_by_one(scores: dict[str, np.ndarray]) -> None:
    wanted = {"rectangles": rectangles(7), **scores}
    assert lost({"rectangles": rectangles(8)}, wanted) == 0
    assert lost({"rectangles": rectangles(9)}, wanted) == 1


def test_frames_that_were_no_near_tie() -> None:
    sure = {"frames": np.array([[0, 2]]), "probabilities": np.array([[0.5, 0.1, 0.4]], np.float32)}
    tie = {"frames": np.array([[0, 2]]), "probabilities": np.array([[0.5, 0.245, 0.25]], np.float32)}
    other = {"frames": np.array([[0, 1]])}
    assert [lost(other, sure), lost(other, tie), lost(sure, sure)] == [1, 0, 0]
    by_time = {"frames": np.array([[3, 9]]), "real": np.array([[3.5, 9.4]])}
    edge = {"frames": np.array([[3, 9]]), "real": np.array([[3.999, 9.4]])}
    assert [lost({"frames": np.array([[4, 9]])}, each) for each in (by_time, edge)] == [1, 0]
    assert frame_margin({"frames": np.zeros((1, 3)), "probabilities": np.ones((1, 3))}) == [np.inf]
