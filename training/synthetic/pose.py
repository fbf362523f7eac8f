"""The figure's skeleton: from the angles of its joints to where they are.

Lengths are in heights of the standing figure. Angles are in radians; a limb of angle 0 hangs straight down,
of pi / 2 points to where the figure faces, of pi straight up.
"""

from dataclasses import dataclass
from math import cos, sin

Point = tuple[float, float]

HEAD = 0.075
"""Radius of the head."""
NECK = 0.05
TORSO = 0.30
UPPER_ARM, FOREARM = 0.17, 0.17
THIGH, SHIN = 0.24, 0.24


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles of the joints, as seen from the side.

    Attributes:
        lean: of the torso from upright towards where the figure faces.
        arms: near and far (upper arm, forearm).
        legs: near and far (thigh, shin).
        forward: how far the hip is moved towards where the figure faces.
        up: how far the feet, or whatever is lowest, are above the ground.
        turn: of the whole figure around its feet, forwards; pi / 2 lies on the ground.
    """

    lean: float = 0.0
    arms: tuple[Point, Point] = ((0.1, 0.2), (-0.1, 0.0))
    legs: tuple[Point, Point] = ((0.06, 0.0), (-0.06, -0.1))
    forward: float = 0.0
    up: float = 0.0
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Body:
    """Where the joints are: x to where the figure faces, y up from the ground, in heights.

    Attributes:
        head: centre of the head.
        shoulder: where the arms begin.
        hip: where the legs begin.
        arms: near and far (elbow, hand).
        legs: near and far (knee, foot).
    """

    head: Point
    shoulder: Point
    hip: Point
    arms: tuple[tuple[Point, Point], tuple[Point, Point]]
    legs: tuple[tuple[Point, Point], tuple[Point, Point]]


def body_of(pose: Pose) -> Body:
    """Put the joints where the angles say; the lowest foot stands on the ground, or ``up`` above it."""
    reach = [cos(thigh) * THIGH + cos(shin) * SHIN for thigh, shin in pose.legs]
    hip = (pose.forward, max(reach) + pose.up)
    along = (sin(pose.lean), cos(pose.lean))
    shoulder = _add(hip, along, TORSO)
    head = _add(shoulder, along, NECK + HEAD)
    arms = tuple(_limb(shoulder, angles, (UPPER_ARM, FOREARM)) for angles in pose.arms)
    legs = tuple(_limb(hip, angles, (THIGH, SHIN)) for angles in pose.legs)
    body = Body(head, shoulder, hip, (arms[0], arms[1]), (legs[0], legs[1]))
    return _turned(body, pose.turn) if pose.turn else body


def _limb(start: Point, angles: Point, lengths: Point) -> tuple[Point, Point]:
    middle = _add(start, (sin(angles[0]), -cos(angles[0])), lengths[0])
    return middle, _add(middle, (sin(angles[1]), -cos(angles[1])), lengths[1])


def _add(start: Point, direction: Point, length: float) -> Point:
    return start[0] + direction[0] * length, start[1] + direction[1] * length


def _turned(body: Body, angle: float) -> Body:
    def turn(point: Point) -> Point:
        x, y = point
        return x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle)

    def pair(points: tuple[Point, Point]) -> tuple[Point, Point]:
        return turn(points[0]), turn(points[1])

    return Body(
        turn(body.head),
        turn(body.shoulder),
        turn(body.hip),
        (pair(body.arms[0]), pair(body.arms[1])),
        (pair(body.legs[0]), pair(body.legs[1])),
    )
