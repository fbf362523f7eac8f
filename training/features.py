"""Features of frozen networks, computed once for all videos and kept in files.

Each is named by the weights it comes from, so that other weights never find it. Batches have one fixed
make-up (a video at a time): what is computed after a kill is what would have been computed without one.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foveate.files import replacing
from training.files import make_folder, mapped
from training.pools import PoolSet, Watch

Floats = NDArray[np.float32]


def weights_digest(*modules: nn.Module) -> str:
    """A short name of some networks' weights and statistics."""
    digest = sha256()
    for module in modules:
        for name, value in sorted(module.state_dict().items()):
            digest.update(f"{name} {tuple(value.shape)} ".encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def data_digest(data: PoolSet) -> str:
    """A short name of a data set: of its size, its labels and a few pixels of every video."""
    digest = sha256(repr(data.pools.shape).encode())
    digest.update(data.labels.tobytes())
    digest.update(data.pools[:, data.frames // 2, data.crop // 2].tobytes())
    for number in np.linspace(0, len(data) - 1, min(len(data), 8)).astype(int):
        digest.update(data.pools[number].tobytes())
    return digest.hexdigest()[:16]


def cached_features(
    folder: Path, name: str, videos: int, compute: Callable[[int], Tensor], watch: Watch
) -> Floats:
    """Features (videos, ...) float32, mapped from a file that is made where it is missing or damaged.

    Args:
        folder: of the cache.
        name: what tells these features from all others.
        videos: how many.
        compute: gives those of one video.
        watch: shows progress.

    Raises:
        ConfigError: the folder cannot be made.
    """
    path = folder / f"{name}.npy"
    if mapped(path, np.float32, (videos,)) is None:
        make_folder(folder)
        with replacing(path, f"{os.getpid()}.new") as fresh:
            _compute(fresh, videos, compute, watch)
    found: Floats = np.load(path, mmap_mode="r")
    return found


@torch.no_grad()
def _compute(path: Path, videos: int, compute: Callable[[int], Tensor], watch: Watch) -> None:
    values: np.memmap | None = None
    for number in watch(range(videos)):
        value = compute(number).float().cpu().numpy()
        if values is None:
            values = np.lib.format.open_memmap(path, "w+", np.float32, (videos, *value.shape))
        values[number] = value
    assert values is not None
    values.flush()
