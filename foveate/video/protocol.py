"""What the decode pool and its workers say to each other: pickles behind a four-byte length."""

import io
import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Any

from foveate.video.container import DecodeLimits
from foveate.video.settings import PoolSettings
from foveate.video.slab import Slab

HEADER = struct.Struct("!I")
CANCEL = "cancel"
"""Sent to a worker to give up its job; ignored by one that has just finished."""

READY = "ready"

HANDED_BACK = "handed back"
"""Kind of an answer that leaves the video to another decoder."""

_ALLOWED = frozenset(
    {
        ("foveate.video.protocol", "Reply"),
        ("foveate.video.records", "Decoded"),
        ("foveate.video.records", "VideoFacts"),
        ("foveate.video.geometry", "Geometry"),
    }
)


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """The first message to a worker.

    Attributes:
        slab_path: where the slab is found.
        page_bytes: bytes of a page.
        pages: number of pages.
        limits: what a video may ask for.
        handler: "module:function" that does a job.
        memory_bytes: address space a worker may take beyond what it has once it is ready; 0 for any.
        cpu_s: processor seconds of one job.
        open_files: files a worker may have open.
    """

    slab_path: str
    page_bytes: int
    pages: int
    limits: DecodeLimits
    handler: str
    memory_bytes: int
    cpu_s: int
    open_files: int

    @classmethod
    def of(cls, slab: Slab, settings: PoolSettings) -> "WorkerSetup":
        """For the workers of a pool."""
        return cls(
            slab_path=slab.path,
            page_bytes=slab.page_bytes,
            pages=slab.pages,
            limits=settings.limits,
            handler=settings.handler,
            memory_bytes=settings.memory_bytes,
            cpu_s=settings.cpu_s,
            open_files=settings.open_files,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A worker's answer to a job.

    Attributes:
        kind: "done", "cancelled", "failed", or HANDED_BACK; or the name of an InputError class.
        message: for errors, what to tell; a traceback for "failed"; for HANDED_BACK, why.
        result: for "done", a Decoded.
    """

    kind: str
    message: str = ""
    result: Any = None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        # A worker reads hostile files; were it taken over, its answers must not become code here.
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected from a worker")
        return super().find_class(module, name)


def pack(message: object) -> bytes:
    """A message with its length in front."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def unpack_reply(body: bytes) -> object:
    """Read a worker's message; only the classes of a reply are accepted.

    Raises:
        pickle.UnpicklingError: for any other class, or bytes that are no pickle.
    """
    try:
        return _Unpickler(io.BytesIO(body)).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # bytes that are nearly a pickle make it raise whatever they like
        raise pickle.UnpicklingError(f"no message: {type(error).__name__}: {error}") from error


def receive(connection: socket.socket) -> object:
    """Read the pool's next message in a worker; blocks.

    Raises:
        EOFError: if the pool has closed the connection.
    """
    (size,) = HEADER.unpack(_exactly(connection, HEADER.size))
    return pickle.loads(_exactly(connection, size))


def _exactly(connection: socket.socket, size: int) -> bytes:
    body = bytearray()
    while len(body) < size:
        chunk = connection.recv(size - len(body))
        if not chunk:
            raise EOFError
        body += chunk
    return bytes(body)
