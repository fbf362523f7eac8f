"""Files that are written whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from foveate.errors import ConfigError


def require_writable(path: Path) -> None:
    """Check, before hours of work, that a file can be written.

    Raises:
        ConfigError: it cannot.
    """
    place = _place(path)
    if place.is_dir():
        raise ConfigError(f"{path} cannot be written: it is a folder")
    if _is_taken_as_it_is(place):
        if not os.access(place, os.W_OK):
            raise ConfigError(f"{path} cannot be written: it may only be read")
    elif not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
        raise ConfigError(f"{path} cannot be written: {place.parent} must be a folder that may be written to")


def write_whole(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write a file by ``fill``, or leave what is there as it is.

    A link stays, and what it leads to is written; a device or a pipe is written to as it is.

    Raises:
        ConfigError: the file cannot be written.
    """
    place = _place(path)
    try:
        if _is_taken_as_it_is(place):
            with place.open("wb") as file:
                fill(file)
        else:
            with replacing(place, f"{os.getpid()}.partial") as partial, partial.open("wb") as file:
                fill(file)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


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


def _place(path: Path) -> Path:
    """Where links lead to; what is no regular file is left where it stands, as /dev/stdout is."""
    try:
        return path if _is_taken_as_it_is(path) else path.resolve()
    except (OSError, RuntimeError) as error:  # a name that is too long; links that lead round
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path} cannot be written: {reason}") from error


def _is_taken_as_it_is(path: Path) -> bool:
    return path.exists() and not path.is_file()
