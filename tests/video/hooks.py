"""What a worker does instead of decoding, told by the name of the job's path."""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from foveate.errors import UndecodableVideoError
from foveate.video.container import DecodeLimits
from foveate.video.jobs import run_job
from foveate.video.protocol import HEADER, pack
from foveate.video.records import Decoded, DecodeJob
from foveate.video.slab import SlabView

_BROKEN = b"cfoveate.video.protocol\nReply\n)R."
"""A pickle of a reply that is of no kind."""
_NO_REPLIES = {"nonsense": pack(["no", "reply"]), "gibberish": HEADER.pack(len(_BROKEN)) + _BROKEN}


def misbehave(
    job: DecodeJob, slab: SlabView, limits: DecodeLimits, checkpoint: Callable[[], None]
) -> Decoded:
    page = slab.page(job.pages[0], (4,))
    match Path(job.path).name:
        case "crash":
            ctypes.string_at(0)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "killed-once":
            _be_killed_once(Path(job.path).with_suffix(".seen"))
        case "nonsense" | "gibberish" as name:
            _say(_NO_REPLIES[name])
        case "exit":
            os._exit(3)
        case "spin":
            while True:
                pass
        case "hungry":
            bytearray(64 << 30)
        case "bug":
            raise KeyError("a defect")
        case "refuse":
            raise UndecodableVideoError("Nothing to see.")
        case "stuck":
            # Deaf to cancelling, and writing all the while.
            while True:
                page += 1
                time.sleep(0.002)
        case "patient":
            while True:
                checkpoint()
                page += 1
                time.sleep(0.002)
        case "environment":
            raise UndecodableVideoError(",".join(sorted(os.environ)))
        case "process":
            raise UndecodableVideoError(str(os.getpid()))
    return run_job(job, slab, limits, checkpoint)


def _be_killed_once(marker: Path) -> None:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _say(message: bytes) -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.sendall(message)
    connection.detach()
    time.sleep(60)
