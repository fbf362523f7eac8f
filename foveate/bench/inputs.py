"""What is posted: video files, or random frames, each with its class where that is known."""

import csv
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from math import prod
from pathlib import Path

import numpy as np

from foveate.errors import ConfigError

_VIDEOS = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
    ".ts": "video/mp2t",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".gif": "image/gif",
}
_BINARY = "application/octet-stream"
_COLUMNS = ("file", "path")
_MOST_BYTES = 4 << 30
_DISTINCT_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Item:
    """A request's body.

    Attributes:
        name: of its file, or what it is.
        body: the bytes.
        headers: to be sent with it.
        label: index of its true class, if it is known.
    """

    name: str
    body: bytes = field(repr=False)
    headers: dict[str, str]
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A video file that shall be posted.

    Attributes:
        path: of the file.
        label: name or index of its class, as a list gave it.
    """

    path: Path
    label: str | None = None


def find_sources(given: Iterable[Path]) -> list[Source]:
    """The files that ``--input`` names.

    Args:
        given: video files; folders, of which every video is taken; lists: a text file of a path a line, or a
            CSV with the columns ``file`` (or ``path``) and, for accuracy, ``label``. Paths in a list start at
            its folder.

    Raises:
        ConfigError: there is no such file, it is no such list, or nothing was found.
    """
    sources: list[Source] = []
    for path in given:
        if path.is_dir():
            found = [Source(file) for file in sorted(path.rglob("*")) if file.suffix.lower() in _VIDEOS]
        elif path.suffix.lower() == ".csv":
            found = _read_csv(path)
        elif path.suffix.lower() in (".txt", ".lst", ".list"):
            found = [Source(path.parent / line) for line in map(str.strip, _text(path).splitlines()) if line]
        else:
            found = [Source(path)]
        if not found:
            raise ConfigError(f"{path} holds no videos")
        sources += found
    return sources


def read_items(sources: Sequence[Source], labels: Sequence[str]) -> list[Item]:
    """Read the files into memory, so that no disk is measured.

    Args:
        sources: the files.
        labels: of the model, in their order.

    Raises:
        ConfigError: a file cannot be read, all are too large together, or a label is not the model's.
    """
    items, size = [], 0
    for source in sources:
        try:
            body = source.path.read_bytes()
        except OSError as error:
            raise ConfigError(f"the input {source.path} cannot be read: {error.strerror}") from error
        size += len(body)
        if size > _MOST_BYTES:
            raise ConfigError(f"the inputs are more than {_MOST_BYTES >> 30} GiB; name fewer files")
        headers = {"Content-Type": _VIDEOS.get(source.path.suffix.lower(), _BINARY)}
        items.append(Item(source.path.name, body, headers, class_index(source.label, labels)))
    return items


def random_frames(frames: int, height: int, width: int, seed: int) -> list[Item]:
    """A few bodies of uniformly random uint8 RGB frames [frames, height, width, 3].

    Raises:
        ConfigError: they are too much to be held.
    """
    shape = (frames, height, width, 3)
    if prod(shape) * _DISTINCT_FRAMES > _MOST_BYTES:
        most = _MOST_BYTES // _DISTINCT_FRAMES >> 30
        raise ConfigError(f"{frames} frames of {height} x {width} pixels are more than {most} GiB a request")
    rng = np.random.default_rng(seed)
    headers = {"Content-Type": _BINARY, "X-Shape": ",".join(map(str, shape))}
    name = f"random frames {headers['X-Shape']}"
    bodies = (rng.integers(0, 256, shape, np.uint8).tobytes() for _ in range(_DISTINCT_FRAMES))
    return [Item(name, body, headers) for body in bodies]


def as_form(item: Item) -> Item:
    """The same file as the part ``file`` of a form."""
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="video"\r\n'
        f"Content-Type: {item.headers['Content-Type']}\r\n\r\n"
    )
    body = b"".join((head.encode(), item.body, f"\r\n--{boundary}--\r\n".encode()))
    return replace(item, body=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})


def in_turn(items: Sequence[Item]) -> Iterator[Item]:
    """The items one after another, without end."""
    return cycle(items)


def at_random(items: Sequence[Item], seed: int) -> Iterator[Item]:
    """Items by chance, without end; the same seed gives the same ones."""
    chance = random.Random(seed)
    while True:
        yield chance.choice(items)


def class_index(label: str | None, labels: Sequence[str]) -> int | None:
    """The index of a class given by its name or, where no class is named so, its number.

    Raises:
        ConfigError: the model has no such class.
    """
    if label is None:
        return None
    if label in labels:
        return labels.index(label)
    if label.isdecimal() and int(label) < len(labels):
        return int(label)
    raise ConfigError(f"the model has no class {label!r}")


def _read_csv(path: Path) -> list[Source]:
    rows = csv.DictReader(_text(path).splitlines())
    column = next((name for name in _COLUMNS if name in (rows.fieldnames or ())), None)
    if column is None:
        raise ConfigError(f"the list {path} needs a heading line with the column file or path (and label)")
    return [Source(path.parent / row[column], (row.get("label") or "").strip() or None) for row in rows]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the list {path} cannot be read: {error}") from error
