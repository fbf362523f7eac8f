"""Where engines are kept between starts: each with a record of what it was made for.

An engine is used only if its record says exactly what is wanted and its bytes are the recorded ones. It is
built under a lock, so that processes that start together build it once, and put in its place whole.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from foveate.errors import ConfigError
from foveate.tensorrt.build import Built
from foveate.tensorrt.files import read_trusted, remove_left_behind, replace_file, why_refused
from foveate.tensorrt.key import EngineKey, EngineRecord

Say = Callable[[str], None]
"""Told what is being done, a line at a time."""
Build = Callable[[bytes | None], Built]
"""Builds an engine, given the times that earlier builds measured."""

ENGINE, RECORD, TIMES, LOCK = ".engine", ".json", ".times", ".lock"
_PATIENCE_S = 60
"""Seconds after which it is said again that another process is waited for."""


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

    def get(self, name: str, key: EngineKey, build: Build, refused: str | None = None) -> tuple[Kept, bytes]:
        """The engine for a key and its bytes, built now if there is none that fits.

        Args:
            name: of the graph, for people.
            key: what is wanted.
            build: makes it.
            refused: SHA-256 of an engine that would fit by its record, and that the library does not take.

        Raises:
            ConfigError: the folder cannot be written.
            BundleError: the graph cannot be built.
        """
        path = self.folder / f"{_stem(name, key)}-{key.place()}.{key.flavour}{ENGINE}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked(path):
                found = self._fitting(name, path, key, refused)
                if isinstance(found, str):
                    self._say(f"{path.name}: {found}; building it, which can take minutes")
                    found = self._build(path, key, build)
        except OSError as error:
            # Whoever may only read the folder uses what is there.
            found = self._fitting(name, path, key, refused)
            if isinstance(found, str):
                reason = why_refused(error, self.folder)
                raise ConfigError(f"engines cannot be kept in {self.folder}: {reason}") from error
        return found

    def note(self, kept: Kept, record: EngineRecord) -> None:
        """Put another record beside an engine, unless another engine has taken its place."""
        with self._locked(kept.path):
            if read_record(kept.path) == kept.record:
                _write_record(kept.path, record)

    def alike(self, name: str, key: EngineKey) -> Iterator[Kept]:
        """Engines of the same graph by the same library, whatever else they were made for."""
        return self._records(f"{_stem(name, key)}-*.{key.flavour}{ENGINE}")

    def __iter__(self) -> Iterator[Kept]:
        """Every engine that has a readable record, in the order of their names."""
        return self._records(f"*{ENGINE}")

    def _records(self, pattern: str) -> Iterator[Kept]:
        for path in sorted(self.folder.glob(pattern)):
            record = read_record(path)
            if record is not None:
                yield Kept(path, record)

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        lock, waited = FileLock(path.with_suffix(LOCK)), 0
        while not lock.is_locked:
            try:
                lock.acquire(timeout=_PATIENCE_S if waited else 0)
            except Timeout:
                self._say(f"{path.name}: waiting for another process that is building it ({waited} s)")
                waited += _PATIENCE_S
        try:
            yield
        finally:
            lock.release()

    def _fitting(
        self, name: str, path: Path, key: EngineKey, refused: str | None
    ) -> tuple[Kept, bytes] | str:
        """The engine, or why there is none that fits."""
        try:
            engine = read_trusted(path)
            record = _parse_record(read_trusted(path.with_suffix(RECORD)))
        except FileNotFoundError:
            return "its record is missing" if path.exists() else self._missing(name, key)
        except OSError as error:
            return error.strerror or "it cannot be read"
        if record is None:
            return "its record cannot be read"
        problem = record.key.difference(key)
        if problem is None and _sha256(engine) != record.engine_sha256:
            problem = "its bytes are not those that were written"
        if problem is None and record.engine_sha256 == refused:
            problem = "the library does not take it"
        return problem or (Kept(path, record), engine)

    def _missing(self, name: str, key: EngineKey) -> str:
        for other in self.alike(name, key):
            return f"there is none yet, but one of which {other.record.key.difference(key)}"
        return "there is none yet"

    def _build(self, path: Path, key: EngineKey, build: Build) -> tuple[Kept, bytes]:
        times = self.folder / f"{key.machine()}.{key.flavour}{TIMES}"
        built = build(_times(times))
        remove_left_behind(self.folder)
        if built.timing is not None:
            replace_file(times, built.timing)
        # The record goes last: without it, or with an older one, the bytes are not used.
        path.with_suffix(RECORD).unlink(missing_ok=True)
        replace_file(path, built.engine)
        record = EngineRecord(
            key=key,
            engine_sha256=_sha256(built.engine),
            bytes=len(built.engine),
            seconds=round(built.seconds, 3),
            tensors=built.tensors,
        )
        _write_record(path, record)
        self._say(f"{path.name}: built in {built.seconds:.1f} s, {len(built.engine) / 1e6:.1f} MB")
        return Kept(path, record), built.engine


def read_record(path: Path) -> EngineRecord | None:
    """The record of an engine; None where there is none of this form."""
    try:
        return _parse_record(path.with_suffix(RECORD).read_bytes())
    except OSError:
        return None


def _parse_record(data: bytes) -> EngineRecord | None:
    try:
        return EngineRecord.model_validate_json(data)
    except ValidationError:
        return None


def _write_record(path: Path, record: EngineRecord) -> None:
    replace_file(path.with_suffix(RECORD), record.model_dump_json(indent=2).encode() + b"\n")


def _times(path: Path) -> bytes | None:
    """Measured times, if there are any that can be read: without them a build takes longer, no more."""
    try:
        return read_trusted(path)
    except OSError:
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stem(name: str, key: EngineKey) -> str:
    return f"{name}-{key.graph_sha256[:12]}"
