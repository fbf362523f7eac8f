"""Files of the engine cache. An engine is code that runs: whose it is matters."""

import errno
import os
import secrets
import stat
import time
from pathlib import Path

from foveate.files import replacing

_PART = ".part"
_MODE = 0o644
"""Others read what one user has built: root as an image is made, say, and the user that serves from it."""
_LEFT_BEHIND_S = 3600


def read_trusted(path: Path) -> bytes:
    """The bytes of a file that only this user or root can have written.

    Raises:
        OSError: it cannot be read, or is somebody else's; ``strerror`` says why.
    """
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid not in (0, os.geteuid()):
            raise PermissionError(
                errno.EPERM,
                f"it belongs to user {found.st_uid}, neither root nor the one that runs this",
                path,
            )
        if found.st_mode & stat.S_IWOTH:
            raise PermissionError(errno.EPERM, "anybody may write it", path)
        return file.read()


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with replacing(path, f"{secrets.token_hex(6)}{_PART}") as part:
        # Opened with its mode, so that the kernel takes off what this process's mask says.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)


def remove_left_behind(folder: Path) -> None:
    """Remove what processes were writing when they were killed: whatever nobody has finished for an hour."""
    for part in folder.glob(f"*{_PART}"):
        try:
            if time.time() - part.stat().st_mtime > _LEFT_BEHIND_S:
                part.unlink()
        except OSError:  # another process was quicker, or it is not ours to remove
            continue


def why_refused(error: OSError, folder: Path) -> str:
    """An error of writing in words, and whose the file or folder is where it is another user's."""
    told = error.strerror or str(error) or type(error).__name__
    named = Path(error.filename) if error.filename else folder
    place = named if named.exists() else folder
    try:
        owner = place.stat().st_uid
    except OSError:
        return told
    return told if owner == os.geteuid() else f"{told}; {place} belongs to user {owner}"
