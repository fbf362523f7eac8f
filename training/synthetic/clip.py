"""A clip of the data set: everything about it follows from a seed and its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import pi, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.synthetic.actions import ACTIONS, Action
from training.synthetic.background import Random, background
from training.synthetic.distractors import Distractor, distractor
from training.synthetic.figure import Box, Look, draw_figure, look
from training.synthetic.pose import Point, Pose, body_of

Frames = NDArray[np.uint8]
SPLITS = ("train", "validation", "test")
_MARGIN = 16
"""Pixels of the scene beyond each edge of a frame: the camera moves within them."""


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """How clips look.

    Attributes:
        width: of a frame in pixels.
        height: of a frame in pixels.
        crop: side of the square in the middle of a frame in which the figure stays.
        seconds: length of a clip.
        smallest: height of the smallest figure, of the crop.
        largest: of the largest.
        clutter: things that stand in a scene.
        moving: the most things that move through it.
    """

    width: int = 320
    height: int = 256
    crop: int = 224
    seconds: float = 2.0
    smallest: float = 0.17
    largest: float = 0.22
    clutter: int = 70
    moving: int = 8


@dataclass(frozen=True, slots=True)
class Clip:
    """Everything about one clip; its frames are drawn when they are asked for.

    Attributes:
        settings: of the data set.
        label: number of its action.
        scene: what stands still, larger than a frame by the margin on each side.
        moving: what moves through it.
        dress: the figure's colours.
        size: the figure's height in pixels.
        facing: 1 to the right, -1 to the left.
        feet: where it stands at the middle of the clip, in pixels of the frame.
        phase: of its action when the clip begins.
        pace: of its action, around 1.
        vigour: how large its movements are, around 1.
        shake: how far the camera moves, in pixels, across and down.
        shaking: how often a second, and where it begins.
    """

    settings: SceneSettings
    label: int
    scene: Image.Image = field(repr=False)
    moving: tuple[Distractor, ...] = field(repr=False)
    dress: Look
    size: float
    facing: int
    feet: Point
    phase: float
    pace: float
    vigour: float
    shake: Point
    shaking: Point

    @property
    def action(self) -> Action:
        """What the figure does."""
        return ACTIONS[self.label]

    def draw(self, time: float) -> tuple[Frames, Box]:
        """One frame.

        Args:
            time: in seconds from the beginning.

        Returns:
            uint8 [height, width, 3], and where in it the figure is.
        """
        settings = self.settings
        swing = sin(2 * pi * (self.shaking[0] * time + self.shaking[1]))
        left, top = (round(_MARGIN + amount * swing) for amount in self.shake)
        frame = self.scene.crop((left, top, left + settings.width, top + settings.height))
        for thing in self.moving:
            x, y = thing.corner(time)
            frame.paste(thing.picture, (x - left + _MARGIN, y - top + _MARGIN), thing.picture)
        feet = self._feet(time)
        feet = feet[0] - left + _MARGIN, feet[1] - top + _MARGIN
        box = draw_figure(frame, body_of(self._pose(time)), feet, self.size, self.facing, self.dress)
        return np.asarray(frame), box

    def _pose(self, time: float) -> Pose:
        action = self.action
        phase = self.phase + action.rate * self.pace * time
        return action.motion(phase, self.vigour)

    def _feet(self, time: float) -> Point:
        way = self.action.speed * self.pace * self.size * (time - self.settings.seconds / 2)
        return self.feet[0] + self.facing * way, self.feet[1]


def clip_random(seed: int, split: str, number: int) -> Random:
    """The source of everything random in one clip; splits never share a clip."""
    sequence = np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split), number))
    return np.random.default_rng(sequence)


def make_clip(seed: int, split: str, number: int, settings: SceneSettings | None = None) -> Clip:
    """The clip of this number; its action is the number's remainder by ten.

    Args:
        seed: of the data set.
        split: one of ``SPLITS``.
        number: from 0 on.
        settings: how clips look; None for the usual ones.
    """
    settings = settings or SceneSettings()
    random = clip_random(seed, split, number)
    label = number % len(ACTIONS)
    action = ACTIONS[label]
    facing = 1 if random.random() < 0.5 else -1
    size = float(random.uniform(settings.smallest, settings.largest)) * settings.crop
    pace, vigour = float(random.uniform(0.85, 1.2)), float(random.uniform(0.85, 1.15))
    width, height = settings.width + 2 * _MARGIN, settings.height + 2 * _MARGIN
    moving = int(random.integers(settings.moving // 2, settings.moving + 1))
    return Clip(
        settings=settings,
        label=label,
        scene=background(random, width, height, settings.clutter),
        moving=tuple(distractor(random, settings.width, settings.height) for _ in range(moving)),
        dress=look(random),
        size=size,
        facing=facing,
        feet=_stand(random, settings, action, size, pace, facing),
        phase=_begin(random, action, pace, settings),
        pace=pace,
        vigour=vigour,
        shake=(float(random.uniform(-8, 8)), float(random.uniform(-6, 6))),
        shaking=(float(random.uniform(0.1, 0.5)), float(random.random())),
    )


def _begin(random: Random, action: Action, pace: float, settings: SceneSettings) -> float:
    """Anywhere in a repetition; what is done once begins in the first half of the clip."""
    share = float(random.random())
    if not action.once:
        return share
    return -(0.05 + 0.4 * share) * settings.seconds * action.rate * pace


def _stand(
    random: Random, settings: SceneSettings, action: Action, size: float, pace: float, facing: int
) -> Point:
    """A place from which the whole way, and whatever the camera does, stays within the crop."""
    way = action.speed * pace * size * settings.seconds / 2
    ahead, behind = way + 0.5 * size, way + 0.5 * size
    if action.once:
        ahead = 1.05 * size
    right, left = (ahead, behind) if facing > 0 else (behind, ahead)
    side = (settings.width - settings.crop) / 2
    under = (settings.height - settings.crop) / 2
    x = random.uniform(side + left + 4, side + settings.crop - right - 4)
    y = random.uniform(under + 1.35 * size, under + settings.crop - 0.1 * size)
    return float(x), float(y)


def sample_times(seconds: float, count: int) -> list[float]:
    """The middles of equal parts of a clip, as a server samples it."""
    return [(number + 0.5) * seconds / count for number in range(count)]


def draw_pool(
    clip: Clip, times: Sequence[float], out: Frames | None = None
) -> tuple[Frames, NDArray[np.float32]]:
    """The crops of the frames at some moments, as the decoder would give them, but for the codec's losses.

    Args:
        clip: to draw.
        times: in seconds.
        out: uint8 [T, crop, crop, 3] to write to; None to make one.

    Returns:
        It, and the middle of the figure (y, x) in each, in pixels of the crop: float32 [T, 2].
    """
    side = clip.settings.crop
    left, top = (clip.settings.width - side) // 2, (clip.settings.height - side) // 2
    pool = np.empty((len(times), side, side, 3), np.uint8) if out is None else out
    middles = np.empty((len(times), 2), np.float32)
    for number, time in enumerate(times):
        frame, box = clip.draw(time)
        pool[number] = frame[top : top + side, left : left + side]
        middles[number] = box.middle[1] - top, box.middle[0] - left
    return pool, middles
