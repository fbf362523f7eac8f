import shutil
from pathlib import Path

import numpy as np
import pytest

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from training.config import VideoData
from training.errors import DataError
from training.pools import PoolSet
from training.synthetic.clip import SceneSettings, draw_pool, make_clip, sample_times
from training.synthetic.files import write_data_set
from training.videos import class_names, folds_of, read_list, video_pools

LOOKS = SceneSettings(width=160, height=128, crop=112, seconds=0.5, clutter=8, moving=2)
SAMPLING = Sampling(rule=SamplingRule.CENTRES_REPEAT_LAST, counts=(2,))
PREPROCESSING = Preprocessing(
    resize=Resize.PILLOW_BILINEAR,
    short_side=128,
    crop=112,
    crop_rounding=CropRounding.HALF_EVEN,
    mean=(0, 0, 0),
    std=(1, 1, 1),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    write_data_set(folder, 10, seed=1, held_out=0.2, settings=LOOKS)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "set"))


def load(folder: Path, told: list[str] | None = None, split: str = "train", **choices: object) -> PoolSet:
    data = VideoData.model_validate({"kind": "videos", "folder": folder, **choices})
    tell = (told if told is not None else []).append
    return video_pools(folder.parent / "cache", data, SAMPLING, PREPROCESSING, split, tell)


def labels(folder: Path) -> list[str]:
    return sorted({line.split(",")[1] for line in (folder / "clips.csv").read_text().splitlines()[1:7]})


def test_pools_are_what_the_clips_show(folder: Path) -> None:
    data = load(folder, labels=labels(folder))
    assert data.pools.shape == (6, 2, 112, 112, 3)
    assert [data.names[label] for label in data.labels[:2]] == ["waving", "walking"]
    drawn, _ = draw_pool(make_clip(1, "train", 1, LOOKS), sample_times(0.5, 2))
    # Sampled frames lie a fraction of a frame from the moments, and the codec loses something.
    assert np.abs(data.pools[1].astype(float) - drawn).mean() < 12


def test_the_held_out_are_the_others(folder: Path) -> None:
    with pytest.raises(DataError, match="no video is of the class"):
        load(folder, split="validation")
    data = load(folder, split="validation", labels=["waving", "walking"])
    assert len(data) == 2


def test_a_split_without_videos_is_said(folder: Path) -> None:
    with pytest.raises(DataError, match="no usable video of the split"):
        load(folder, split="other")


def test_a_fold_takes_the_place_of_a_split(folder: Path) -> None:
    rows = (folder / "clips.csv").read_text().splitlines()[1:]
    folds = [f"{row.rsplit(',', 1)[0]},{number % 2}" for number, row in enumerate(rows)]
    (folder / "clips.csv").write_text("\n".join(["file,label,fold", *folds]))
    entries = read_list(VideoData(kind="videos", folder=folder, fold=1))
    assert [entry.split for entry in entries] == ["train", "validation"] * 5


def test_an_unreadable_video_is_refused_or_left_out(folder: Path) -> None:
    (folder / "train-00002.mp4").write_bytes(b"no video")
    names = [name for name in labels(folder) if name != "jumping"]
    rows = (folder / "clips.csv").read_text().replace("jumping", "waving")
    (folder / "clips.csv").write_text(rows)
    with pytest.raises(DataError, match=r"train-00002\.mp4 cannot be decoded"):
        load(folder, labels=names)
    for _ in range(2):  # The second time from the cache.
        told: list[str] = []
        assert len(load(folder, told, labels=names, bad="skip")) == 5
        assert len(told) == 1
        assert "train-00002.mp4" in told[0]


def test_a_strange_label_or_a_missing_file_is_refused_or_left_out(folder: Path) -> None:
    (folder / "train-00001.mp4").unlink()
    names = [name for name in labels(folder) if name not in ("waving", "walking")]
    with pytest.raises(DataError, match=r"waving.*not among the classes"):
        load(folder, labels=names)
    told: list[str] = []
    assert len(load(folder, told, labels=[*names, "waving"], bad="skip")) == 5
    assert len(told) == 1
    assert "'walking'" in told[0]
    with pytest.raises(DataError, match=r"train-00001\.mp4 is not in"):
        load(folder, labels=[*names, "waving", "walking"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,label\na.mp4,b", "no column 'split'"),
        ("file,label,split", "lists no videos"),
        (None, "cannot be read"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "clips.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_list(VideoData(kind="videos", folder=tmp_path))


def test_classes_are_those_of_the_list_in_order(folder: Path) -> None:
    data = VideoData(kind="videos", folder=folder)
    names = class_names(data, read_list(data))
    assert names == tuple(sorted(names))
    assert len(names) == 6


def test_folds_are_those_of_the_list(folder: Path) -> None:
    lines = (folder / "clips.csv").read_text().splitlines()
    numbered = [f"{lines[0]},fold", *(f"{line},{place % 3}" for place, line in enumerate(lines[1:]))]
    (folder / "clips.csv").write_text("\n".join(numbered))
    data = VideoData(kind="videos", folder=folder, fold=1)
    folds = folds_of(data)
    assert folds[:4] == ["0", "1", "2", "0"]
    held = [entry.split == "validation" for entry in read_list(data)]
    assert held == [fold == "1" for fold in folds]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("train-00000.mp4,x,first", "fold 'first', which is no whole number"),
        ("train-00000.mp4,x,01", "fold '01'"),
        ("train-00000.mp4,x", "lines without a 'fold'"),
    ],
)
def test_folds_that_are_no_numbers_are_refused(folder: Path, line: str, told: str) -> None:
    (folder / "clips.csv").write_text(f"file,label,fold\ntrain-00001.mp4,y,0\n{line}\n")
    with pytest.raises(DataError, match=told):
        folds_of(VideoData(kind="videos", folder=folder, fold=0))
