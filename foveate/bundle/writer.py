"""Writing a bundle so that it is there whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foveate.bundle.hashes import sha256
from foveate.bundle.load import MANIFEST
from foveate.bundle.manifest import Manifest
from foveate.errors import ExportError

LABELS = "labels.txt"


@contextmanager
def staged(target: Path, force: bool) -> Iterator[Path]:
    """A temporary folder beside the target that takes its place when the block ends without an exception.

    Args:
        target: where the bundle shall be.
        force: replace a bundle that is there; anything else there is never replaced.

    Raises:
        ExportError: something is there that may not be replaced, or the folder cannot be written.
    """
    target = target.absolute()
    check_target(target, force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise ExportError(f"nothing can be written beside {target}: {error.strerror}") from error
    try:
        yield folder
        folder.chmod(0o755)
        _flush(folder)
        _replace(target, folder)
    except OSError as error:
        raise ExportError(f"{target} could not be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_target(target: Path, force: bool) -> None:
    """Refuse a target that may not be replaced; worth asking before the work is done.

    Raises:
        ExportError: see ``staged``.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / MANIFEST).is_file():
        raise ExportError(f"{target} is there and is no bundle; it is left as it is")
    if not force:
        raise ExportError(f"{target} holds a bundle already; --force replaces it")


def write_labels(folder: Path, labels: Sequence[str]) -> None:
    """Write one label a line."""
    (folder / LABELS).write_text("".join(f"{label}\n" for label in labels), "utf-8")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, listing every file that is in the folder with its hash."""
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    put_manifest(folder, Manifest.model_validate(manifest.model_dump() | {"files": files}))


def put_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest as it is, in one step: whoever reads it meanwhile has the old or the new one.

    Raises:
        ExportError: it cannot be written; an older one is as it was.
    """
    new = folder / f".{MANIFEST}.partial"
    try:
        new.write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
        _sync(new)
        new.replace(folder / MANIFEST)
        _sync(folder)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ExportError(f"{folder / MANIFEST} could not be written: {error.strerror or error}") from error


def _replace(target: Path, folder: Path) -> None:
    """Put the folder in the target's place; an older bundle is gone only when the new one is there."""
    if not target.exists() or not any(target.iterdir()):
        folder.rename(target)
    else:
        old = folder.with_suffix(".old")
        target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old)
    _sync(target.parent)


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
