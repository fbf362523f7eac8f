import numpy as np
import pytest
from numpy.typing import NDArray

from training.synthetic.actions import ACTIONS, LABELS, Action
from training.synthetic.pose import body_of

PHASES = np.linspace(0, 1, 24, endpoint=False)


def joints(action: Action, phase: float, vigour: float = 1.0) -> NDArray[np.float64]:
    body = body_of(action.motion(phase, vigour))
    limbs = [point for limb in (*body.arms, *body.legs) for point in limb]
    return np.array([body.head, body.shoulder, body.hip, *limbs])


def test_there_are_ten_of_different_names() -> None:
    assert len(set(LABELS)) == 10


@pytest.mark.parametrize("action", ACTIONS, ids=LABELS)
def test_an_action_moves_without_jumps_and_stays_above_the_ground(action: Action) -> None:
    for vigour in (0.85, 1.15):
        places = np.stack([joints(action, phase, vigour) for phase in np.linspace(0, 1, 200, endpoint=False)])
        steps = np.abs(np.diff(places, axis=0)).max()
        assert np.ptp(places, axis=0).max() > 0.1
        assert steps < 0.2, "a limb is somewhere else from one moment to the next"
        assert places[..., 1].min() > -0.2


@pytest.mark.parametrize(
    "action", [a for a in ACTIONS if not a.once], ids=[a.name for a in ACTIONS if not a.once]
)
def test_a_repetition_ends_where_it_began(action: Action) -> None:
    if action.name != "throwing":  # It ends with a wind-up from rest.
        np.testing.assert_allclose(joints(action, 0.0), joints(action, 1.0), atol=1e-9)


def test_no_two_actions_go_through_the_same_poses() -> None:
    ways = [np.stack([joints(action, phase) for phase in PHASES]) for action in ACTIONS]
    for one in range(10):
        for other in range(one):
            apart = np.abs(ways[one][:, None] - ways[other][None]).max((2, 3)).min(1)
            assert apart.max() > 0.12, (LABELS[one], LABELS[other])


def test_what_is_done_once_stays_done() -> None:
    falling = ACTIONS[LABELS.index("falling")]
    np.testing.assert_allclose(joints(falling, 1.0), joints(falling, 3.0))
    np.testing.assert_allclose(joints(falling, -1.0), joints(falling, 0.0))
    assert joints(falling, 1.0)[0, 1] < 0.25
