"""The pool's side of one worker process."""

import asyncio
import logging
import os
import pickle
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Self

from foveate.video.protocol import CANCEL, HEADER, READY, Reply, WorkerSetup, pack, unpack_reply
from foveate.video.records import DecodeJob

log = logging.getLogger(__name__)

_MAX_REPLY = 1 << 24
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONHOME", "CUDA_VISIBLE_DEVICES")


class ChildDied(Exception):
    """The worker process ended, or answered what it cannot have meant."""


class Child:
    """A worker process and its connection; used by one job at a time.

    Attributes:
        jobs: jobs it has taken.
        ended: done once the process has ended, whoever ended it.
        killed: whether this side has ended it.
        expired: to be closed as soon as it is idle, because another has taken its place.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.jobs = 0
        self.killed = False
        self.expired = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process = process
        self._reader = reader
        self._writer = writer
        # Readable once the process has ended; not reaped yet, so its number cannot be another's.
        self._pidfd = os.pidfd_open(process.pid)
        asyncio.get_running_loop().add_reader(self._pidfd, self._note_end)

    @classmethod
    async def start(cls, setup: WorkerSetup, timeout_s: float) -> Self:
        """Start a process and wait until it can take jobs.

        It is a fresh interpreter, never a fork of this process, and inherits nothing but its connection.

        Args:
            setup: what the worker needs to know.
            timeout_s: for its start.

        Raises:
            ChildDied: if it ends or is not ready in time.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "foveate.video.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=environment(),
            )
        try:
            child = cls(process, *await asyncio.open_unix_connection(sock=ours))
        except BaseException:
            ours.close()
            process.kill()
            process.wait()
            raise
        try:
            async with asyncio.timeout(timeout_s):
                await child._prepare(setup)
        except BaseException as error:
            await child.close()
            if isinstance(error, TimeoutError):
                raise ChildDied("a worker did not start in time") from error
            raise
        return child

    @property
    def dead(self) -> bool:
        """The process has closed its connection, so it can take no job."""
        return self._reader.at_eof()

    async def request(self, job: DecodeJob) -> Reply:
        """Have a job done.

        Raises:
            ChildDied: if the process ends before it answers.
        """
        self.jobs += 1
        await self._send(job)
        reply = await self._receive()
        if not isinstance(reply, Reply):
            raise self._distrust("something else than a reply")
        return reply

    def cancel(self) -> None:
        """Ask the worker to give up its job; it answers "cancelled", or with the result if that is ready."""
        with suppress(OSError, RuntimeError):
            self._writer.write(pack(CANCEL))

    def kill(self) -> None:
        """End the process at once; ``close`` waits until it is gone."""
        self.killed = True
        self._process.kill()

    async def close(self) -> int:
        """Kill the process, wait until it is gone, and let go of the connection.

        Returns:
            Its exit code, as of ``subprocess``: negative for the signal that ended it.
        """
        self.kill()
        code = await asyncio.get_running_loop().run_in_executor(None, self._process.wait)
        await asyncio.shield(self.ended)
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        return code

    def _note_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.ended.set_result(None)

    async def _prepare(self, setup: WorkerSetup) -> None:
        await self._send(setup)
        if await self._receive() != READY:
            raise ChildDied("a worker did not say that it is ready")

    async def _send(self, message: object) -> None:
        try:
            self._writer.write(pack(message))
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise ChildDied("a worker's connection is closed") from error

    async def _receive(self) -> object:
        try:
            (size,) = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if size > _MAX_REPLY:
                raise self._distrust(f"{size} bytes")
            answer = await self._reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ChildDied("a worker ended without an answer") from error
        try:
            return unpack_reply(answer)
        except pickle.UnpicklingError as error:
            raise self._distrust("what cannot be read") from error

    def _distrust(self, answer: str) -> ChildDied:
        """End a worker that answered what it cannot have meant."""
        self.kill()
        log.warning("a decode worker was ended, as it answered %s", answer)
        return ChildDied(f"a worker answered {answer}")


def environment() -> dict[str, str]:
    """A worker's environment: what Python needs, and none of the server's secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **single, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
