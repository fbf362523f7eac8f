"""The pools of a data set, decoded or drawn once and kept in one file that is mapped into memory.

Making it may be killed at any moment: what is finished is in a journal, and the rest is made by the next run.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from foveate.files import replacing
from training.errors import DataError
from training.files import make_folder, mapped

Pages = NDArray[np.uint8]
Fill = Callable[[int, Pages], NDArray[np.float32] | None]
"""Writes the pool of one number to uint8 [T, crop, crop, 3]; gives where the figure is, if that is known."""
Watch = Callable[[Iterable[int]], Iterable[int]]
"""Passes numbers on and shows how far they are."""
_POOLS, _MIDDLES, _JOURNAL = "pools.npy", "middles.npy", "journal.json"
_JOURNAL_EVERY = 32


@dataclass(frozen=True, slots=True)
class PoolSet:
    """The pools of a split.

    Attributes:
        pools: uint8 [N, T, crop, crop, 3], mapped from a file.
        labels: class of each, int64 [N].
        middles: (y, x) of the figure in each frame, in pixels, float32 [N, T, 2]; None where nobody knows.
        names: of the classes.
    """

    pools: Pages
    labels: NDArray[np.int64]
    middles: NDArray[np.float32] | None
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Number of videos."""
        return len(self.labels)

    @property
    def frames(self) -> int:
        """Frames T of a pool."""
        return int(self.pools.shape[1])

    @property
    def crop(self) -> int:
        """Side of a frame in pixels."""
        return int(self.pools.shape[2])


@dataclass(frozen=True, slots=True)
class Cached:
    """What a folder of the cache holds.

    Attributes:
        pools: uint8 [n, T, side, side, 3], read-only, of those that could be made.
        middles: of the figures, float32 [n, T, 2], if they are known.
        kept: their numbers.
        faults: what was wrong with the others.
    """

    pools: Pages
    middles: NDArray[np.float32] | None
    kept: tuple[int, ...]
    faults: dict[int, str]


def cached_pools(
    folder: Path, count: int, shape: tuple[int, int], fill: Fill, watch: Watch = iter, refuse: bool = True
) -> Cached:
    """The pools in a folder, made where they are not there yet, and made anew where a file is damaged.

    Args:
        folder: of this data and no other: its name should tell them apart.
        count: number of videos N.
        shape: frames T and side of a frame.
        fill: makes one; a ``DataError`` says that it cannot be made.
        watch: shows progress.
        refuse: pass on the first such error, rather than leave the video out.

    Raises:
        ConfigError: the folder cannot be made.
        DataError: see ``refuse``.
    """
    frames, side = shape
    whole = count, frames, side, side, 3
    make_folder(folder)
    journal = _read(folder, whole)
    if refuse and journal.faults:
        raise DataError(journal.faults[min(journal.faults)])
    if journal.done < count:
        _make(folder, journal, whole, fill, watch, refuse)
    kept = len(journal.kept)
    pools: Pages = np.load(folder / _POOLS, mmap_mode="r")[:kept]
    middles = np.load(folder / _MIDDLES)[:kept]
    known = None if np.isnan(middles).any() else middles
    return Cached(pools, known, tuple(journal.kept), journal.faults)


@dataclass(slots=True)
class _Journal:
    """How far the making is: all below ``done`` are kept or at fault."""

    done: int = 0
    kept: list[int] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)


def _make(
    folder: Path, journal: _Journal, shape: tuple[int, ...], fill: Fill, watch: Watch, refuse: bool
) -> None:
    mode: Literal["r+", "w+"] = "r+" if journal.done else "w+"
    if not journal.done:
        # An older journal would speak of what is about to be made anew.
        (folder / _JOURNAL).unlink(missing_ok=True)
    pools = open_memmap(folder / _POOLS, mode, np.uint8, shape)
    middles = open_memmap(folder / _MIDDLES, mode, np.float32, (*shape[:2], 2))
    for number in watch(range(journal.done, shape[0])):
        row = len(journal.kept)
        try:
            found = fill(number, pools[row])
        except DataError as error:
            if refuse:
                raise
            journal.faults[number] = str(error)
        else:
            middles[row] = np.nan if found is None else found
            journal.kept.append(number)
        journal.done = number + 1
        if journal.done % _JOURNAL_EVERY == 0 or journal.done == shape[0]:
            pools.flush()
            middles.flush()
            _write(folder, journal)


def _read(folder: Path, shape: tuple[int, ...]) -> _Journal:
    """How far the making is: not begun, where what is there cannot be what was made."""
    try:
        found = TypeAdapter(_Journal).validate_json((folder / _JOURNAL).read_bytes())
    except (FileNotFoundError, ValidationError):
        return _Journal()
    whole = (
        mapped(folder / _POOLS, np.uint8, shape) is not None
        and mapped(folder / _MIDDLES, np.float32, (*shape[:2], 2)) is not None
        and sorted([*found.kept, *found.faults]) == list(range(found.done))
        and found.done <= shape[0]
    )
    return found if whole else _Journal()


def _write(folder: Path, journal: _Journal) -> None:
    with replacing(folder / _JOURNAL) as fresh:
        fresh.write_text(json.dumps(asdict(journal)))
