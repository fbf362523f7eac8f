"""A decode worker: ``python -m foveate.video.worker FD``, where FD is its connection to the pool.

It holds one video at a time, on one thread, under limits of memory, processor time and open files. It
ends when the pool closes the connection or dies, in the middle of a video too.
"""

import importlib
import os
import resource
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from time import process_time
from typing import Any

from foveate.errors import InputError
from foveate.video.handover import HandedBack
from foveate.video.protocol import CANCEL, HANDED_BACK, READY, Reply, WorkerSetup, pack, receive
from foveate.video.records import DecodeJob
from foveate.video.slab import SlabView


class _Cancelled(BaseException):
    """The pool wants no result any more; no handler may take it for an error of the video."""


def main(connection: socket.socket) -> None:
    """Serve jobs until the connection closes."""
    # They are for the server: it drains first and then closes the connections, or reads its bundles anew.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_pool, args=(connection.fileno(),), daemon=True).start()
    setup = receive(connection)
    assert isinstance(setup, WorkerSetup)
    module, _, function = setup.handler.partition(":")
    handler = getattr(importlib.import_module(module), function)
    slab = SlabView.attach(setup.slab_path, setup.page_bytes, setup.pages)
    _limit(setup)
    connection.sendall(pack(READY))
    checkpoint = _checkpoint(connection)
    while True:
        job = receive(connection)
        if isinstance(job, DecodeJob):
            _limit_cpu(setup.cpu_s)
            connection.sendall(pack(_answer(handler, job, slab, setup, checkpoint)))


def _answer(
    handler: Callable[..., Any],
    job: DecodeJob,
    slab: SlabView,
    setup: WorkerSetup,
    checkpoint: Callable[[], None],
) -> Reply:
    try:
        return Reply("done", result=handler(job, slab, setup.limits, checkpoint))
    except _Cancelled:
        return Reply("cancelled")
    except HandedBack as reason:
        return Reply(HANDED_BACK, str(reason))
    except InputError as error:
        return Reply(type(error).__name__, str(error))
    except MemoryError:
        allowed = setup.memory_bytes >> 20
        return Reply("VideoLimitError", f"Decoding the video needs more than the allowed {allowed} MiB.")
    except Exception:
        return Reply("failed", traceback.format_exc())


def _checkpoint(connection: socket.socket) -> Callable[[], None]:
    poll = select.poll()
    poll.register(connection, select.POLLIN)

    def look() -> None:
        if poll.poll(0) and receive(connection) == CANCEL:
            raise _Cancelled

    return look


def _end_with_pool(descriptor: int) -> None:
    """Wait for the other end to close, also while a video is being decoded, and end the process."""
    poll = select.poll()
    poll.register(descriptor, 0)  # Hang-ups are reported without being asked for.
    poll.poll()
    os._exit(0)


def _limit(setup: WorkerSetup) -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if setup.memory_bytes:
        _lower(resource.RLIMIT_AS, mapped + setup.memory_bytes)
    _lower(resource.RLIMIT_NOFILE, setup.open_files)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _limit_cpu(seconds: int) -> None:
    """Allow the next job so much processor time; past it the kernel ends the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(process_time()) + 1 + seconds
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


if __name__ == "__main__":
    try:
        main(socket.socket(fileno=int(sys.argv[1])))
    except (EOFError, ConnectionError):
        sys.exit(0)
