"""What stands behind the figure: a textured, cluttered scene, larger than any frame shows."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Random = np.random.Generator
Colour = tuple[int, int, int]
FINE = 2
"""Clutter is drawn so many times larger and then made smaller, which smooths its edges."""


def colour(random: Random) -> Colour:
    """Any colour but the very darkest and lightest."""
    red, green, blue = random.integers(20, 236, 3).tolist()
    return red, green, blue


def background(random: Random, width: int, height: int, clutter: int) -> Image.Image:
    """Draw a scene.

    Args:
        random: what it is made of.
        width: in pixels.
        height: in pixels.
        clutter: how many things stand in it.
    """
    large = (width * FINE, height * FINE)
    image = _clouds(random, width, height).resize(large, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for _ in range(clutter):
        _thing(random, draw, *large)
    small = image.reduce(FINE)
    grain = random.normal(0, 5, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(small) + grain, 0, 255).astype(np.uint8))


def _clouds(random: Random, width: int, height: int) -> Image.Image:
    """Soft noise of several scales, between two colours that vary from place to place."""
    total: NDArray[np.float32] = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 0.5), (8, 0.25), (24, 0.15), (64, 0.1)):
        grid = random.integers(0, 256, (cells, cells * 4 // 3, 3), np.uint8)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        total += weight * np.asarray(layer, np.float32)
    spread = 128 + (total - 128) * float(random.uniform(0.9, 1.6))
    return Image.fromarray(np.clip(spread, 0, 255).astype(np.uint8))


def _thing(random: Random, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    x, y = float(random.uniform(0, width)), float(random.uniform(0, height))
    w, h = (float(side) for side in random.uniform(0.02, 0.16, 2) * height)
    kind = int(random.integers(5))
    fill = colour(random)
    if kind == 0:
        draw.rectangle((x, y, x + w, y + h), fill=fill, outline=colour(random))
    elif kind == 1:
        draw.ellipse((x, y, x + w, y + h), fill=fill)
    elif kind == 2:
        _sticks(random, draw, (x, y), h)
    elif kind == 3:
        corners = [(x + float(a), y + float(b)) for a, b in random.uniform(-1, 1, (4, 2)) * (w, h)]
        draw.polygon(corners, fill=fill)
    else:
        pitch = float(random.uniform(6, 14))
        for stripe in range(int(w / pitch) + 1):
            draw.rectangle((x + stripe * pitch, y, x + (stripe + 0.5) * pitch, y + h), fill=fill)


def _sticks(random: Random, draw: ImageDraw.ImageDraw, start: tuple[float, float], size: float) -> None:
    """Some strokes that hang together: branches, which no single stroke tells from arms and legs."""
    fill, point = colour(random), start
    for _ in range(int(random.integers(2, 5))):
        angle, length = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0.2, 0.6)) * size
        end = (point[0] + length * float(np.cos(angle)), point[1] + length * float(np.sin(angle)))
        draw.line((*point, *end), fill=fill, width=int(random.integers(4, 9)))
        point = end if random.random() < 0.6 else point
