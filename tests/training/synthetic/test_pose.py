from dataclasses import replace
from math import hypot, isclose, pi

import pytest

from training.synthetic.pose import FOREARM, SHIN, THIGH, UPPER_ARM, Body, Pose, body_of

STRAIGHT = Pose(arms=((0, 0), (0, 0)), legs=((0, 0), (0, 0)))


def test_a_straight_figure_is_about_as_high_as_it_is_said_to_be() -> None:
    body = body_of(STRAIGHT)
    assert body.hip == pytest.approx((0, THIGH + SHIN))
    assert 0.9 < body.head[1] + 0.075 < 1.05
    assert body.legs[0][1] == pytest.approx((0, 0))


def test_limbs_keep_their_length_in_any_pose() -> None:
    for angle in (-1.0, 0.5, 2.5):
        pose = Pose(
            lean=angle / 3, arms=((angle, 2 * angle), (-angle, 0)), legs=((angle, 0), (0, angle)), turn=1
        )
        body = body_of(pose)
        for (elbow, hand), (knee, foot) in zip(body.arms, body.legs, strict=True):
            assert isclose(_distance(body.shoulder, elbow), UPPER_ARM)
            assert isclose(_distance(elbow, hand), FOREARM)
            assert isclose(_distance(body.hip, knee), THIGH)
            assert isclose(_distance(knee, foot), SHIN)


def test_the_lower_foot_stands_on_the_ground() -> None:
    body = body_of(Pose(legs=((1.2, -0.3), (0.2, 0.1))))
    assert min(foot[1] for _, foot in body.legs) == pytest.approx(0)
    assert _lowest(body_of(Pose(up=0.3))) == pytest.approx(0.3)


def test_angles_point_where_they_are_said_to() -> None:
    ahead = body_of(replace(STRAIGHT, arms=((pi / 2, pi / 2), (pi, pi))))
    assert ahead.arms[0][1] == pytest.approx((UPPER_ARM + FOREARM, ahead.shoulder[1]))
    assert ahead.arms[1][1][1] == pytest.approx(ahead.shoulder[1] + UPPER_ARM + FOREARM)


def test_turned_by_a_quarter_it_lies_ahead_of_its_feet() -> None:
    body = body_of(replace(STRAIGHT, turn=pi / 2))
    assert body.head[0] > 0.8
    assert body.head[1] == pytest.approx(0, abs=1e-9)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _lowest(body: Body) -> float:
    return min(foot[1] for _, foot in body.legs)
