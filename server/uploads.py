"""Files for uploads: without a name, so that nothing is left behind, whatever happens to the process."""

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from foveate.errors import ConfigError, OverloadedError
from server.errors import Problems, Refusal

_FLUSH_BYTES = 1 << 20
"""Bytes gathered before a thread writes them: little memory, and few hops between threads."""

_MOST_PARTS = 512
"""Fewer than the buffers one write may take (IOV_MAX)."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE)

Writer = Callable[[int, list[bytes]], int]


class UploadFolder:
    """Where uploads lie until they are decoded.

    Args:
        folder: on the disk or in memory; None for the folder for temporary files.
        writer: writes buffers to a file and returns how many bytes; for tests of a full disk.
        retry_after_s: tells how long until there should be room, where no more files may be open.

    Raises:
        ConfigError: nothing can be written there.
    """

    def __init__(
        self,
        folder: Path | None,
        writer: Writer = os.writev,
        retry_after_s: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._folder = str(folder) if folder is not None else None
        self._writer = writer
        self._retry_after_s = retry_after_s
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="uploads")
        self.open_files = 0
        try:
            os.close(self._open())
        except OSError as error:
            raise ConfigError(
                f"the upload folder {folder or tempfile.gettempdir()} is of no use: {error.strerror}"
            ) from error

    def create(self) -> "Upload":
        """A new, empty file.

        Raises:
            OverloadedError: as many files are open as may be.
            Refusal: there is no room for it.
        """
        try:
            handle = self._open()
        except OSError as error:
            if error.errno in _FULL:
                raise _no_space() from error
            if error.errno in _NO_MORE_FILES:
                message = "The server has as many files open as it may."
                raise OverloadedError(message, self._retry_after_s()) from error
            raise
        self.open_files += 1
        return Upload(self, handle)

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown()

    async def write(self, handle: int, parts: list[bytes]) -> None:
        """Write buffers in a thread, so that a slow disk does not hold up the event loop.

        Raises:
            Refusal: there is no room for them.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._write_all, handle, parts)
        except OSError as error:
            if error.errno in _FULL:
                raise _no_space() from error
            raise

    def _open(self) -> int:
        # Unlinked from the start: the decoder reaches it through this process's open files.
        with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
            return os.dup(file.fileno())

    def _write_all(self, handle: int, parts: list[bytes]) -> None:
        for start in range(0, len(parts), _MOST_PARTS):
            some = parts[start : start + _MOST_PARTS]
            wanted = sum(map(len, some))
            written = self._writer(handle, some)
            if written < wanted:
                rest = memoryview(b"".join(some))
                while written < wanted:
                    written += self._writer(handle, [bytes(rest[written:])])


class Upload:
    """One upload's file.

    Attributes:
        path: where a process of the same user finds it while it is open.
        size: bytes given to it.
    """

    def __init__(self, folder: UploadFolder, handle: int) -> None:
        self._folder = folder
        self._handle = handle
        self._parts: list[bytes] = []
        self._gathered = 0
        self._writing = False
        self._closed = False
        self.size = 0
        self.path = f"/proc/{os.getpid()}/fd/{handle}"

    async def write(self, part: bytes) -> None:
        """Add bytes.

        Raises:
            Refusal: there is no room for them.
        """
        self._parts.append(part)
        self._gathered += len(part)
        self.size += len(part)
        if self._gathered >= _FLUSH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Have all bytes written, so that another process can read them.

        Raises:
            Refusal: there is no room for them.
        """
        if not self._parts:
            return
        parts, self._parts, self._gathered = self._parts, [], 0
        self._writing = True
        work = asyncio.ensure_future(self._folder.write(self._handle, parts))
        work.add_done_callback(self._written)
        await asyncio.shield(work)

    def close(self) -> None:
        """Forget the file, which frees its room; again does nothing."""
        if self._closed:
            return
        self._closed = True
        if not self._writing:
            self._release()

    def _written(self, work: "asyncio.Future[None]") -> None:
        # A cancelled request may close the file while a thread still writes: its number must not be reused.
        self._writing = False
        if self._closed:
            self._release()
        if not work.cancelled():
            work.exception()

    def _release(self) -> None:
        os.close(self._handle)
        self._folder.open_files -= 1


def _no_space() -> Refusal:
    return Refusal(Problems.NO_SPACE, "The server has no room for this upload at present.")
