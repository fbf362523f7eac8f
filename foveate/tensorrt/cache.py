"""Where engines are kept between starts: each with a record of what it was made for.

An engine is used only if its record says exactly what is wanted and its bytes are the recorded ones. It is
built under a lock, so that processes that start together build it once, and put in its place whole.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from pydantic import ValidationError

from foveate.bundle.hashes import sha256
from foveate.errors import ConfigError
from foveate.tensorrt.build import Built
from foveate.tensorrt.key import EngineKey, EngineRecord

Say = Callable[[str], None]
"""Told what is being done, a line at a time."""
Build = Callable[[bytes | None], Built]
"""Builds an engine, given the times that earlier builds measured."""

ENGINE, RECORD, TIMES = ".engine", ".json", ".times"


@dataclass(frozen=True, slots=True)
class Kept:
    """An engine in the cache.

    Attributes:
        path: of its bytes.
        record: what it was made for.
    """

    path: Path
    record: EngineRecord


class EngineCache:
    """A folder of engines.

    Args:
        folder: made when it is first written to.
        say: told why an engine is built.
    """

    def __init__(self, folder: Path, say: Say = lambda text: None) -> None:
        self.folder = folder
        self._say = say

    def get(self, name: str, key: EngineKey, build: Build) -> Kept:
        """The engine for a key, built now if there is none that fits.

        Args:
            name: of the graph, for people.
            key: what is wanted.
            build: makes it.

        Raises:
            ConfigError: the folder cannot be written.
            BundleError: the graph cannot be built.
        """
        path = self.folder / f"{name}-{key.graph_sha256[:12]}-{key.place()}.{key.flavour}{ENGINE}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                record = self._fitting(path, key)
                if record is None:
                    record = self._build(path, key, build)
        except OSError as error:
            raise ConfigError(
                f"engines cannot be kept in {self.folder}: {error.strerror or error}"
            ) from error
        return Kept(path, record)

    def __iter__(self) -> Iterator[Kept]:
        """Every engine that has a readable record, in the order of their names."""
        for path in sorted(self.folder.glob(f"*{ENGINE}")):
            record = read_record(path)
            if record is not None:
                yield Kept(path, record)

    def _fitting(self, path: Path, key: EngineKey) -> EngineRecord | None:
        if not path.exists():
            self._say(f"{path.name}: there is none yet; building it, which can take minutes")
            return None
        record = read_record(path)
        if record is None:
            problem: str | None = "its record is missing or cannot be read"
        elif (problem := record.key.difference(key)) is None and sha256(path) != record.engine_sha256:
            problem = "its bytes are not those that were written"
        if problem is None:
            return record
        self._say(f"{path.name}: {problem}; building it anew, which can take minutes")
        return None

    def _build(self, path: Path, key: EngineKey, build: Build) -> EngineRecord:
        times = self.folder / f"{key.place()}-{key.version}.{key.flavour}{TIMES}"
        built = build(times.read_bytes() if times.exists() else None)
        if built.timing is not None:
            _replace(times, built.timing)
        # The record goes last: without it, or with an older one, the bytes are not used.
        path.with_suffix(RECORD).unlink(missing_ok=True)
        _replace(path, built.engine)
        record = EngineRecord(
            key=key,
            engine_sha256=sha256(path),
            bytes=len(built.engine),
            seconds=round(built.seconds, 3),
            tensors=built.tensors,
        )
        _replace(path.with_suffix(RECORD), record.model_dump_json(indent=2).encode() + b"\n")
        self._say(f"{path.name}: built in {built.seconds:.1f} s, {len(built.engine) / 1e6:.1f} MB")
        return record


def read_record(path: Path) -> EngineRecord | None:
    """The record of an engine; None where there is none of this form."""
    try:
        return EngineRecord.model_validate_json(path.with_suffix(RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
