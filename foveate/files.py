"""Files that a command was asked to write: whole or not at all."""

import os
from collections.abc import Callable
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
            _replace(place, fill)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _place(path: Path) -> Path:
    """Where links lead to; what is no regular file is left where it stands, as /dev/stdout is."""
    try:
        return path if _is_taken_as_it_is(path) else path.resolve()
    except (OSError, RuntimeError) as error:  # a name that is too long; links that lead round
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path} cannot be written: {reason}") from error


def _is_taken_as_it_is(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _replace(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            fill(file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
