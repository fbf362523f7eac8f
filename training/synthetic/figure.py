"""Drawing the figure: limbs of some thickness between the joints, with smooth edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from PIL import Image, ImageDraw

from training.synthetic.background import Colour, Random, colour
from training.synthetic.pose import HEAD, Body, Point

SKINS: tuple[Colour, ...] = ((240, 200, 170), (225, 172, 130), (198, 134, 90), (141, 85, 54), (92, 56, 38))
_ARM, _LEG, _TRUNK = 0.062, 0.082, 0.14
_FINE = 4
_SHADE = 0.7
"""How bright the far limbs are, beside the near ones."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of one figure."""

    skin: Colour
    shirt: Colour
    trousers: Colour
    hair: Colour


@dataclass(frozen=True, slots=True)
class Box:
    """The smallest rectangle around a figure, in pixels of the scene."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Point:
        """Its middle (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def look(random: Random) -> Look:
    """Some skin, hair and clothes; shirt and trousers may well be alike."""
    hair = [int(value) for value in random.integers(10, 90, 3)]
    return Look(
        skin=SKINS[int(random.integers(len(SKINS)))],
        shirt=colour(random),
        trousers=colour(random),
        hair=(hair[0], hair[1], hair[2]),
    )


def draw_figure(scene: Image.Image, body: Body, feet: Point, height: float, facing: int, dress: Look) -> Box:
    """Draw the figure into a scene.

    Args:
        scene: is drawn into.
        body: its joints.
        feet: the point of the scene (x, y) in pixels where the ground under it is.
        height: of the standing figure in pixels.
        facing: 1 to the right, -1 to the left.
        dress: its colours.

    Returns:
        Where it is.
    """
    box = _around(body, feet, height, facing)
    left, top = floor(box.left) - 1, floor(box.top) - 1
    size = (ceil(box.right) + 1 - left, ceil(box.bottom) + 1 - top)
    picture = Image.new("RGBA", (size[0] * _FINE, size[1] * _FINE))
    pen = _Pen(ImageDraw.Draw(picture), (feet[0] - left, feet[1] - top), height, facing)
    _draw(pen, body, dress)
    small = picture.reduce(_FINE)
    scene.paste(small, (left, top), small)
    return box


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in heights of the figure, from the ground under it."""

    draw: ImageDraw.ImageDraw
    origin: Point
    height: float
    facing: int

    def at(self, point: Point) -> Point:
        x = self.origin[0] + self.facing * point[0] * self.height
        return x * _FINE, (self.origin[1] - point[1] * self.height) * _FINE

    def limb(self, points: tuple[Point, ...], thick: float, fill: Colour) -> None:
        width = thick * self.height * _FINE
        places = [self.at(point) for point in points]
        self.draw.line([value for place in places for value in place], fill=fill, width=round(width))
        for x, y in places:
            self.draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=fill)

    def disc(self, point: Point, radius: float, fill: Colour) -> None:
        x, y = self.at(point)
        r = radius * self.height * _FINE
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def _draw(pen: _Pen, body: Body, dress: Look) -> None:
    for far in (True, False):
        skin, shirt, trousers = (_shade(part, far) for part in (dress.skin, dress.shirt, dress.trousers))
        arm, leg = body.arms[far], body.legs[far]
        if not far:
            pen.limb((body.hip, body.shoulder), _TRUNK, shirt)
            pen.disc(body.head, HEAD, dress.hair)
            pen.disc(_face(body), HEAD * 0.8, dress.skin)
        pen.limb((body.hip, *leg), _LEG, trousers)
        pen.limb((body.shoulder, arm[0]), _ARM, shirt)
        pen.limb((arm[0], arm[1]), _ARM * 0.9, skin)


def _face(body: Body) -> Point:
    """A little ahead of the head's middle and below it."""
    down = [(shoulder - head) / 4 for head, shoulder in zip(body.head, body.shoulder, strict=True)]
    return body.head[0] + down[0] + 0.02, body.head[1] + down[1]


def _shade(fill: Colour, far: bool) -> Colour:
    factor = _SHADE if far else 1.0
    return int(fill[0] * factor), int(fill[1] * factor), int(fill[2] * factor)


def _points(body: Body) -> Iterator[Point]:
    yield from (body.hip, body.shoulder)
    for limb in (*body.arms, *body.legs):
        yield from limb
    for x in (-HEAD, HEAD):
        for y in (-HEAD, HEAD):
            yield body.head[0] + x, body.head[1] + y


def _around(body: Body, feet: Point, height: float, facing: int) -> Box:
    points = [(feet[0] + facing * x * height, feet[1] - y * height) for x, y in _points(body)]
    xs, ys = zip(*points, strict=True)
    thick = _LEG * height / 2
    return Box(min(xs) - thick, min(ys) - thick, max(xs) + thick, max(ys) + thick)
