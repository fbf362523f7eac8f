"""Hashes of a bundle's files."""

import hashlib
from pathlib import Path

from foveate.bundle.load import Bundle
from foveate.errors import BundleError


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_unaltered(bundle: Bundle) -> None:
    """Compare every file with the manifest's hash.

    Raises:
        BundleError: one was altered.
    """
    for name, wanted in bundle.manifest.files.items():
        if sha256(bundle.folder / name) != wanted:
            raise BundleError(
                f"the bundle at {bundle.folder} cannot be used: {name} was altered (its hash differs)"
            )
