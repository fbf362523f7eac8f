"""The synthetic data set as files: MP4s and a list of them."""

import csv
from fractions import Fraction
from pathlib import Path

import av

from foveate.errors import ConfigError
from training.pools import Watch
from training.synthetic.actions import LABELS
from training.synthetic.clip import SPLITS, Clip, SceneSettings, make_clip

LIST = "clips.csv"
RATE = 16
"""Frames a second."""


def write_clip(path: Path, clip: Clip) -> Path:
    """Write a clip as H.264 and return its path."""
    frames = round(clip.settings.seconds * RATE)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = clip.settings.width, clip.settings.height, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.time_base = Fraction(1, RATE)
        for number in range(frames):
            pixels, _ = clip.draw(number / RATE)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_data_set(
    folder: Path,
    clips: int,
    seed: int,
    held_out: float = 0.2,
    settings: SceneSettings | None = None,
    watch: Watch = iter,
) -> Path:
    """Write clips of all ten actions and a list ``clips.csv`` of ``file,label,split``.

    Args:
        folder: is made; nothing in it is replaced.
        clips: how many, in all.
        seed: the same seed makes the same clips.
        held_out: the share that is for validation, and the same again for testing.
        settings: how clips look; None for the usual ones.
        watch: shows progress.

    Returns:
        The path of the list.

    Raises:
        ConfigError: there is a list in the folder already, or the folder cannot be made.
    """
    target = _target(folder)
    aside = int(clips * held_out)
    counts = {"train": clips - 2 * aside, "validation": aside, "test": aside}
    wanted = [(split, number) for split in SPLITS for number in range(counts[split])]
    rows = []
    for place in watch(range(clips)):
        split, number = wanted[place]
        clip = make_clip(seed, split, number, settings)
        file = write_clip(folder / f"{split}-{number:05d}.mp4", clip)
        rows.append((file.name, LABELS[clip.label], split))
    # Last, so that a list is only ever there for clips that all are.
    with target.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("file", "label", "split"), *rows])
    return target


def _target(folder: Path) -> Path:
    """Where the list goes, in a folder that is made."""
    target = folder / LIST
    if target.exists():
        raise ConfigError(f"{target} is there already: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}") from error
    return target
