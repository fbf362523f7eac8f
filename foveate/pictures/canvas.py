"""The sheet a picture is drawn on, without any window, and the kinds of files it can become."""

from pathlib import Path
from typing import IO

from matplotlib.figure import Figure

from foveate.errors import ConfigError

COLOURS = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d")
"""Of curves, one after the other; people who see few colours can tell them apart."""

GREY = "#555555"
"""Of what is said beside."""


def sheet(width: float = 8, height: float = 5) -> Figure:
    """An empty sheet, its sides in inches."""
    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def check_kind(path: Path) -> None:
    """Refuse an ending that says of no kind of picture.

    Raises:
        ConfigError: it is none that can be drawn.
    """
    kinds = Figure().canvas.get_supported_filetypes()
    if kind_of(path) not in kinds:
        raise ConfigError(f"{path} is no picture that can be drawn; endings are: {', '.join(sorted(kinds))}")


def kind_of(path: Path) -> str:
    """The kind of picture that a file's ending says."""
    return path.suffix.removeprefix(".").lower()


def save(figure: Figure, file: IO[bytes], kind: str) -> None:
    """Write a sheet as a picture of this kind."""
    figure.savefig(file, format=kind)
