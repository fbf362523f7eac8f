"""Things that move through a scene and are not the figure."""

from dataclasses import dataclass
from math import pi, sin

from PIL import Image, ImageDraw

from training.synthetic.background import Random, colour

KINDS = ("ball", "box", "post", "bush", "kite")
_FINE = 4


@dataclass(frozen=True, slots=True)
class Distractor:
    """A picture and its way.

    Attributes:
        picture: RGBA.
        start: where its middle is at first, in pixels of the scene.
        drift: its velocity, in pixels a second.
        sway: how far it goes to and fro, in pixels, across and down.
        rate: how often a second.
        phase: where in its swaying it begins, of 1.
    """

    picture: Image.Image
    start: tuple[float, float]
    drift: tuple[float, float]
    sway: tuple[float, float]
    rate: float
    phase: float

    def corner(self, time: float) -> tuple[int, int]:
        """The pixel of the scene that its picture's first one covers."""
        swing = sin(2 * pi * (self.rate * time + self.phase))
        x = self.start[0] + self.drift[0] * time + self.sway[0] * swing - self.picture.width / 2
        y = self.start[1] + self.drift[1] * time + self.sway[1] * swing - self.picture.height / 2
        return round(x), round(y)


def distractor(random: Random, width: int, height: int) -> Distractor:
    """Draw one somewhere in a scene of this size."""
    size = float(random.uniform(0.06, 0.19)) * height
    kind = KINDS[int(random.integers(len(KINDS)))]
    drift = random.uniform(-0.12, 0.12, 2) * height
    sway = random.uniform(0, 0.06, 2) * height
    return Distractor(
        picture=_picture(random, kind, size),
        start=(float(random.uniform(0.05, 0.95)) * width, float(random.uniform(0.1, 0.95)) * height),
        drift=(float(drift[0]), float(drift[1]) * 0.3),
        sway=(float(sway[0]), float(sway[1])),
        rate=float(random.uniform(0.3, 1.5)),
        phase=float(random.random()),
    )


def _picture(random: Random, kind: str, size: float) -> Image.Image:
    """One thing of a kind, ``size`` pixels high."""
    h = size * _FINE
    slim = {"post": 0.32, "kite": 0.8, "box": float(random.uniform(0.5, 1.3))}
    w = h * slim.get(kind, 1.0)
    image = Image.new("RGBA", (max(_FINE, int(w)), max(_FINE, int(h))))
    draw = ImageDraw.Draw(image)
    fill, other = colour(random), colour(random)
    if kind == "ball":
        draw.ellipse((0, 0, w - 1, h - 1), fill=fill)
        draw.ellipse((w * 0.3, h * 0.3, w * 0.6, h * 0.6), fill=other)
    elif kind == "box":
        draw.rectangle((0, 0, w - 1, h - 1), fill=fill)
        draw.rectangle((w * 0.1, h * 0.4, w * 0.9, h * 0.55), fill=other)
    elif kind == "post":
        draw.rectangle((w * 0.3, h * 0.2, w * 0.7, h), fill=fill)
        draw.ellipse((w * 0.1, 0, w * 0.9, w * 0.8), fill=other)
    elif kind == "bush":
        for x, y in random.uniform(0, 0.6, (7, 2)).tolist():
            draw.ellipse((x * w, y * h, (x + 0.4) * w, (y + 0.4) * h), fill=fill)
    else:
        draw.polygon([(w / 2, 0), (w, h * 0.4), (w / 2, h), (0, h * 0.4)], fill=fill)
        draw.line((w / 2, 0, w / 2, h), fill=other, width=_FINE)
    return image.reduce(_FINE)
