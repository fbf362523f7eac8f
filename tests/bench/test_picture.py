import re
from pathlib import Path

import numpy as np
from PIL import Image

from foveate.bench.picture import draw
from tests.bench.made import BUSY, level, record, report, window


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_points_are_where_the_figures_are(tmp_path: Path) -> None:
    path = tmp_path / "latency.svg"
    levels = [level(window([record(load / 10)] * int(50 * load)), load=load) for load in (1, 2, 4)]
    draw(report(*levels)).savefig(path)
    # Letters are drawn as outlines, what they say stands beside them.
    said = "\n".join(re.findall("<!-- (.*?) -->", path.read_text()))
    for word in ("throughput", "latency", "p50", "p95", "p99", "clients in a closed loop"):
        assert word in said, word


def test_unsteady_levels_are_hollow(tmp_path: Path) -> None:
    for name, steady in (("steady.png", True), ("hollow.png", False)):
        draw(report(level(window([record()] * 50), steady=steady))).savefig(tmp_path / name)
    # The same point, once filled with its colour and once not.
    green = np.array([0x1B, 0x9E, 0x77])
    filled, hollow = (
        int((pixels(tmp_path / name) == green).all(axis=2).sum()) for name in ("steady.png", "hollow.png")
    )
    purple = np.array([0x75, 0x70, 0xB3])
    filled_top, hollow_top = (
        int((pixels(tmp_path / name) == purple).all(axis=2).sum()) for name in ("steady.png", "hollow.png")
    )
    assert filled >= hollow
    assert filled_top > hollow_top


def test_nothing_to_draw(tmp_path: Path) -> None:
    draw(report(level(window([record(reply=BUSY)])))).savefig(tmp_path / "empty.png")
    assert pixels(tmp_path / "empty.png").shape == (600, 960, 3)
