"""Folders of runs and files of their cache: made where they are missing, known where they are damaged."""

from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import DTypeLike, NDArray

from foveate.errors import ConfigError


def make_folder(folder: Path) -> None:
    """Make a folder where it is not there yet.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the folder {folder} cannot be made: {error.strerror}") from error


def mapped(path: Path, element: DTypeLike, shape: tuple[int, ...]) -> NDArray[np.generic] | None:
    """A read-only array mapped from a file; None where there is none, or one that is damaged.

    Args:
        path: of the file.
        element: type of the array.
        shape: that it has, or begins with.
    """
    try:
        found = open_memmap(path, "r")
    except FileNotFoundError:
        return None
    except (ValueError, SyntaxError, TokenError):  # what NumPy says of a header or a length that is wrong
        return None
    return found if found.dtype == element and found.shape[: len(shape)] == shape else None
