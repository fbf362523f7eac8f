"""A video of a list, and what a list's line may be."""

from dataclasses import dataclass
from enum import StrEnum

from foveate.errors import InputError


class ListForm(StrEnum):
    """The forms of list files that are read."""

    COMMAS = "commas"
    """``path,frames,label[,label...]``: folders of frames."""

    SPACES = "spaces"
    """``path frames label``: folders of frames, whose paths may hold spaces."""

    CSV = "csv"
    """A header with the columns ``file`` and ``label``, and ``fold`` if there are folds: video files."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A video of a list.

    Attributes:
        line: where it is in the list, from 1.
        name: its path, as in the list.
        frames: frames it has by the list; None for a video file, which says so itself.
        labels: class numbers, in the order of the line, each once; at least one.
    """

    line: int
    name: str
    frames: int | None
    labels: tuple[int, ...]

    @property
    def label(self) -> int:
        """The first label: what the best class is held against."""
        return self.labels[0]


class ListError(InputError):
    """A list that cannot be read; the message names the file and the line."""
