"""A folder of videos and a list of them, decoded by the server's own sampler."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.errors import InputError
from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip
from training.config import VideoData
from training.errors import DataError
from training.pools import Pages, PoolSet, Watch, cached_pools

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a file, its label, and the split it belongs to."""

    file: Path
    label: str
    split: str


def read_list(data: VideoData) -> list[Entry]:
    """Read the list.

    Raises:
        DataError: it is missing, has not the columns it needs, or holds nothing.
    """
    column = "fold" if data.fold is not None else "split"
    rows = _rows(data, column)
    return [Entry(data.folder / row["file"], row["label"], _split(row[column], data.fold)) for row in rows]


def folds_of(data: VideoData) -> list[str]:
    """The fold of each line of the list.

    Raises:
        DataError: a fold is no whole number; or see ``read_list``.
    """
    folds = [row["fold"] for row in _rows(data, "fold")]
    for fold in folds:
        # As ``_split`` compares them.
        if not (fold.isascii() and fold.isdigit() and str(int(fold)) == fold):
            raise DataError(f"{data.folder / data.csv} has a fold '{fold}', which is no whole number")
    return folds


def _rows(data: VideoData, column: str) -> list[dict[str, str]]:
    path = data.folder / data.csv
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no CSV: {error}") from error
    if not rows:
        raise DataError(f"{path} lists no videos")
    for name in ("file", "label", column):
        if name not in rows[0]:
            raise DataError(f"{path} has no column '{name}'")
        if any(row[name] is None for row in rows):
            raise DataError(f"{path} has lines without a '{name}'")
    return rows


def _split(value: str, fold: int | None) -> str:
    if fold is None:
        return value
    return "validation" if value == str(fold) else "train"


def class_names(data: VideoData, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The classes: as configured, or all labels of the list in alphabetical order."""
    return data.labels or tuple(sorted({entry.label for entry in entries}))


def video_pools(
    cache: Path,
    data: VideoData,
    sampling: Sampling,
    preprocessing: Preprocessing,
    split: str,
    tell: Tell,
    watch: Watch = iter,
) -> PoolSet:
    """Pools of the videos of a split.

    Args:
        cache: folder in which they are kept.
        data: the folder and its list.
        sampling: which frames make up a pool.
        preprocessing: what is done to them.
        split: as the list names it; with folds ``validation`` is the one held out, ``train`` all others.
        tell: is told of each video that is left out, and why.
        watch: shows progress.

    Raises:
        DataError: the list or a video is bad, and the configuration says to refuse; a class has no video.
    """
    entries = read_list(data)
    names = class_names(data, entries)
    refuse = data.bad == "refuse"
    chosen = _labelled([entry for entry in entries if entry.split == split], names, refuse, tell)

    def fill(number: int, pages: Pages) -> None:
        pages[...] = _decode(chosen[number].file, sampling, preprocessing)

    folder = cache / f"videos-{_digest(chosen, sampling, preprocessing)}"
    shape = sampling.pool, preprocessing.crop
    cached = cached_pools(folder, len(chosen), shape, fill, watch, refuse)
    for fault in cached.faults.values():
        tell(f"left out: {fault}")
    good = [chosen[number] for number in cached.kept]
    _check_classes(good, names)
    labels = np.array([names.index(entry.label) for entry in good], np.int64)
    return PoolSet(cached.pools, labels, None, names)


def _labelled(entries: list[Entry], names: tuple[str, ...], refuse: bool, tell: Tell) -> list[Entry]:
    """The entries that are there and have a label; others are told of, or the first of them refuses all."""
    good = []
    for entry in entries:
        fault = _fault(entry, names)
        if fault is None:
            good.append(entry)
        elif refuse:
            raise DataError(fault)
        else:
            tell(f"left out: {fault}")
    if not good:
        raise DataError("the list has no usable video of the split that is asked for")
    return good


def _fault(entry: Entry, names: tuple[str, ...]) -> str | None:
    if entry.label not in names:
        return f"{entry.file.name} has the label '{entry.label}', which is not among the classes"
    if not entry.file.is_file():
        return f"{entry.file.name} is not in {entry.file.parent}"
    return None


def _check_classes(entries: list[Entry], names: tuple[str, ...]) -> None:
    empty = set(names) - {entry.label for entry in entries}
    if empty:
        raise DataError(f"no video is of the class {', '.join(sorted(empty))}")


def _decode(path: Path, sampling: Sampling, preprocessing: Preprocessing) -> Pages:
    """The pool of a video (T, crop, crop, 3).

    Raises:
        DataError: it cannot be decoded.
    """
    side = preprocessing.crop
    pages = np.zeros((sampling.pool, side, side, 3), np.uint8)
    try:
        decoded = decode_clip(str(path.resolve()), sampling, preprocessing, DecodeLimits(), list(pages))
    except InputError as error:
        raise DataError(f"{path.name} cannot be decoded: {error}") from error
    return pages[list(decoded.pages[0])]


def _digest(entries: list[Entry], sampling: Sampling, preprocessing: Preprocessing) -> str:
    digest = sha256(f"{sampling!r}{preprocessing!r}".encode())
    for entry in entries:
        facts = entry.file.stat()
        digest.update(f"{entry.file.resolve()} {facts.st_size} {facts.st_mtime_ns} {entry.label}\n".encode())
    return digest.hexdigest()[:16]
