"""The ten actions: what the figure's pose is at each moment.

Each is a function of the phase, which rises by 1 with every repetition, and of a vigour around 1 by which
figures differ. What differs between actions is seen in single moments, as it mostly is in life.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from training.synthetic.pose import Pose

Motion = Callable[[float, float], Pose]
_STANDING = ((0.06, 0.0), (-0.06, -0.1))


@dataclass(frozen=True, slots=True)
class Action:
    """One of the ten.

    Attributes:
        name: its label.
        motion: phase and vigour to the pose.
        rate: repetitions a second.
        speed: how fast the figure moves to where it faces, in its heights a second.
        once: whether it is done once, at some moment of the clip, and its end is then kept.
    """

    name: str
    motion: Motion
    rate: float
    speed: float = 0.0
    once: bool = False


def waving(phase: float, vigour: float) -> Pose:
    """One arm is up, and its forearm goes from side to side."""
    swing = 0.6 * vigour * sin(2 * pi * phase)
    return Pose(arms=((2.45, pi + swing), (-0.1, 0.0)))


def walking(phase: float, vigour: float) -> Pose:
    """Upright, with moderate steps, arms nearly straight and against the legs."""
    swing = 0.42 * vigour * sin(2 * pi * phase)
    lift = 0.35 * max(0.0, cos(2 * pi * phase))
    other = 0.35 * max(0.0, -cos(2 * pi * phase))
    return Pose(
        lean=0.04,
        arms=((-0.8 * swing, 0.1 - 0.8 * swing), (0.8 * swing, 0.1 + 0.8 * swing)),
        legs=((swing + lift / 3, swing - lift), (-swing + other / 3, -swing - other)),
    )


def jumping(phase: float, vigour: float) -> Pose:
    """Off the ground and down again, both arms thrown up, legs together."""
    height = max(0.0, sin(2 * pi * phase))
    crouch = max(0.0, -sin(2 * pi * phase)) * 0.5
    arm = 0.6 + 2.1 * height
    return Pose(
        lean=0.3 * crouch,
        arms=((arm, arm + 0.2), (arm - 0.25, arm)),
        legs=((crouch + 0.08, -crouch), (crouch - 0.08, -crouch - 0.1)),
        up=0.34 * vigour * height,
    )


def kicking(phase: float, vigour: float) -> Pose:
    """One straight leg swings up in front; the torso leans back."""
    swing = 0.5 - 0.5 * cos(2 * pi * phase)
    leg = -0.35 + 1.95 * min(vigour, 1.1) * swing
    return Pose(
        lean=-0.28 * swing,
        arms=((-0.5 * swing, -0.3 * swing), (0.5 * swing, 0.9 * swing)),
        legs=((leg, leg - 0.25 * (1 - swing)), (-0.04, -0.08)),
    )


def clapping(phase: float, vigour: float) -> Pose:
    """Both arms in front of the chest, their hands together and apart."""
    gap = 0.45 * vigour * (1 + cos(2 * pi * phase))
    return Pose(arms=((1.0 + gap / 2, 1.6 + gap), (1.0 - gap / 3, 1.6 - gap)), legs=_STANDING)


def bowing(phase: float, vigour: float) -> Pose:
    """The torso goes down in front and up again over straight legs; the arms hang beside the legs."""
    lean = 0.15 + 1.35 * min(vigour, 1.1) * (0.5 - 0.5 * cos(2 * pi * phase))
    return Pose(lean=lean, arms=((-0.1, -0.05), (-0.25, -0.2)), forward=-0.05 * lean)


def squatting(phase: float, vigour: float) -> Pose:
    """The knees bend until the thighs are level; both arms point forwards."""
    down = min(1.0, (0.55 - 0.45 * cos(2 * pi * phase)) * min(vigour, 1.1))
    thigh, shin = 1.5 * down, -0.75 * down
    return Pose(
        lean=0.5 * down,
        arms=((1.45, 1.55), (1.35, 1.5)),
        legs=((thigh + 0.08, shin), (thigh - 0.08, shin - 0.06)),
        forward=-0.12 * down,
    )


def running(phase: float, vigour: float) -> Pose:
    """Leaning forwards with long strides, knees lifted, elbows bent."""
    swing = sin(2 * pi * phase) * min(vigour, 1.15)
    folded = 1.5 * max(0.0, cos(2 * pi * phase)) + 0.25
    other = 1.5 * max(0.0, -cos(2 * pi * phase)) + 0.25
    return Pose(
        lean=0.32,
        arms=((-0.9 * swing, 1.6 - 0.7 * swing), (0.9 * swing, 1.6 + 0.7 * swing)),
        legs=(
            (0.25 + 0.85 * swing, 0.25 + 0.85 * swing - folded),
            (0.25 - 0.85 * swing, 0.25 - 0.85 * swing - other),
        ),
        up=0.05 * abs(sin(2 * pi * phase)),
    )


def falling(phase: float, vigour: float) -> Pose:
    """Tips over forwards, arms thrown out, and stays on the ground."""
    fallen = min(1.0, max(0.0, phase)) ** 1.5
    arm = 0.2 + 2.2 * min(1.0, 2.5 * fallen)
    return Pose(
        arms=((arm, arm + 0.3), (arm - 0.4, arm + 0.1)),
        legs=((0.12, -0.2), (-0.15, -0.35)),
        turn=(pi / 2 - 0.07) * fallen,
    )


def throwing(phase: float, vigour: float) -> Pose:
    """Feet apart, one arm drawn back behind the head and flung forwards, the other stretched out in front."""
    turn = phase % 1.0
    drawn = min(1.0, turn / 0.45)
    flung = min(1.0, max(0.0, turn - 0.45) / 0.2)
    behind = -0.3 - 1.9 * drawn * vigour
    upper = behind if flung == 0 else behind + 2 * pi - (3.0 + behind + 2.2) * flung
    bend = 0.2 + 1.5 * drawn * (1 - flung)
    return Pose(
        lean=-0.3 * drawn + 0.65 * flung,
        arms=((upper, upper - bend), (1.5 - 1.7 * flung, 1.6 - 1.7 * flung)),
        legs=((0.5, 0.2), (-0.45, -0.55)),
    )


ACTIONS = (
    Action("waving", waving, 1.1),
    Action("walking", walking, 0.9, speed=0.55),
    Action("jumping", jumping, 0.9),
    Action("kicking", kicking, 0.8),
    Action("clapping", clapping, 1.3),
    Action("bowing", bowing, 0.55),
    Action("squatting", squatting, 0.6),
    Action("running", running, 1.4, speed=1.1),
    Action("falling", falling, 1.3, once=True),
    Action("throwing", throwing, 0.7),
)
LABELS = tuple(action.name for action in ACTIONS)
