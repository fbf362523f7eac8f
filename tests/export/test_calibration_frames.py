from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.calibration_frames import calibration_frames
from foveate.errors import ConfigError


def test_made_up_ones() -> None:
    found = calibration_frames(None, 3, 16)
    assert (found.frames.shape, found.source) == ((4, 3, 16, 16, 3), "smooth made-up frames")


def test_pictures_in_the_order_of_their_names(tmp_path: Path) -> None:
    for number in range(5):
        Image.new("RGB", (40, 20 + number), (number, 0, 0)).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    found = calibration_frames(tmp_path, 2, 16)
    assert found.source == "4 pictures"
    np.testing.assert_array_equal(found.frames[:, :, 0, 0, 0], [[0, 1], [2, 3]])


def test_too_few_and_unreadable_ones(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match="holds 1 pictures; a video needs 2"):
        calibration_frames(tmp_path, 2, 16)
    with pytest.raises(ConfigError, match=r"a\.png is no picture"):
        calibration_frames(tmp_path, 1, 16)
