"""Files of runs and of their cache: written whole or not at all, and known where they are not whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def replacing(path: Path, mark: str = "new") -> Iterator[Path]:
    """Where to write what shall take the place of a file; a reader finds the old one or the new one, whole.

    Args:
        path: of the file.
        mark: ends the name of what is not whole yet; where several processes share a folder, it tells them
            apart.
    """
    fresh = path.with_name(f"{path.name}.{mark}")
    try:
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


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
