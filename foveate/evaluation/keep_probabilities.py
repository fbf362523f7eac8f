"""Keep probabilities of patches, as read from a file."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.errors import ConfigError

ARRAY = "keep"
"""The array of an .npz that holds them."""


def read_probabilities(path: Path) -> NDArray[np.float32]:
    """Keep probabilities from a NumPy file: an .npy array of any shape, or ``keep`` of an .npz.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    found = _array(path)
    if found is None or not np.issubdtype(found.dtype, np.floating) or not found.size:
        raise ConfigError(f"{path} holds no array of keep probabilities")
    if not ((found >= 0) & (found <= 1)).all():
        raise ConfigError(f"{path} holds numbers that are no probabilities: 0 to 1")
    return found.astype(np.float32)


def _array(path: Path) -> NDArray[Any] | None:
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            array: NDArray[Any] | None = found.get(ARRAY)
            return array
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigError(f"{path} cannot be read as a NumPy array (.npy, .npz)") from error
