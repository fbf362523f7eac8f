import csv
from pathlib import Path

import av
import numpy as np
import pytest

from foveate.errors import ConfigError
from training.synthetic.clip import SceneSettings, make_clip
from training.synthetic.files import RATE, write_clip, write_data_set

SMALL = SceneSettings(width=160, height=128, crop=112, seconds=0.5, clutter=10, moving=3)


def test_a_file_holds_the_frames_that_were_drawn(tmp_path: Path) -> None:
    clip = make_clip(1, "train", 0, SMALL)
    path = write_clip(tmp_path / "clip.mp4", clip)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == round(0.5 * RATE)
    for number, frame in enumerate(frames):
        wanted = clip.draw(number / RATE)[0]
        assert np.abs(frame.astype(float) - wanted).mean() < 12


def test_the_list_names_file_label_and_split(tmp_path: Path) -> None:
    path = write_data_set(tmp_path / "set", 10, seed=1, held_out=0.2, settings=SMALL)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    assert [row["label"] for row in rows[:2]] == ["waving", "walking"]
    assert all((path.parent / row["file"]).is_file() for row in rows)


def test_a_list_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("mine")
    with pytest.raises(ConfigError, match="already"):
        write_data_set(tmp_path, 2, seed=1, settings=SMALL)
    assert (tmp_path / "clips.csv").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be made"):
        write_data_set(tmp_path / "file" / "set", 2, seed=1, settings=SMALL)
