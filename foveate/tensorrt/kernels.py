"""Kernels that TensorRT-RTX compiles on the GPU as an engine is made ready, kept for the next start.

Not run on a GPU yet.
"""

import hashlib
import logging
from pathlib import Path
from typing import Any

from foveate.tensorrt.files import read_trusted, replace_file

log = logging.getLogger(__name__)

KERNELS = ".kernels"


class Kernels:
    """The kernels of one engine on one GPU.

    Args:
        engine: file of the engine; one engine serves several GPUs, which have a file of kernels each.
        gpu: which one.
        settings: of the engine's contexts, none of which has been made yet.
    """

    def __init__(self, engine: Path, gpu: str, settings: Any) -> None:
        self._path = engine.with_suffix(f".{hashlib.sha256(gpu.encode()).hexdigest()[:8]}{KERNELS}")
        self._cache = settings.create_runtime_cache()
        try:
            self._known = read_trusted(self._path)
        except OSError:
            self._known = b""
        # What comes from another driver or version is not taken, and compiled anew.
        if self._known and not self._cache.deserialize(self._known):
            log.info("%s: the kernels do not fit any more; compiling them anew", self._path.name)
        settings.set_runtime_cache(self._cache)

    def save(self) -> None:
        """Keep what was compiled; where that cannot be written it is compiled again at the next start."""
        found = self._cache.serialize()
        data = b"" if found is None else bytes(memoryview(found))
        if not data or data == self._known:
            return
        try:
            replace_file(self._path, data)
        except OSError as error:
            log.warning("%s: the kernels cannot be kept: %s", self._path.name, error.strerror)
