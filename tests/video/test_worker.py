"""The worker's side of the connection."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foveate.video.container import DecodeLimits
from foveate.video.protocol import CANCEL, READY, Reply, WorkerSetup, pack, receive
from foveate.video.records import DecodeJob
from foveate.video.slab import Slab
from tests.video.made import SMALL, middles


@pytest.fixture
def worker() -> Iterator[tuple[socket.socket, "subprocess.Popen[bytes]"]]:
    slab = Slab(3072, 8)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "foveate.video.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
            )
        setup = WorkerSetup(
            slab_path=slab.path,
            page_bytes=3072,
            pages=8,
            limits=DecodeLimits(max_packets=60),
            handler="foveate.video.jobs:run_job",
            memory_bytes=1 << 30,
            cpu_s=10,
            open_files=40,
        )
        ours.sendall(pack(setup))
        assert receive(ours) == READY
        yield ours, process
    assert process.wait(10) == 0
    slab.close()


def ask(connection: socket.socket, path: Path) -> Reply:
    connection.sendall(pack(DecodeJob(str(path), middles(8), SMALL, tuple(range(8)))))
    reply = receive(connection)
    assert isinstance(reply, Reply)
    return reply


def test_jobs_and_refusals(
    worker: tuple[socket.socket, "subprocess.Popen[bytes]"], videos: Callable[[str], Path], tmp_path: Path
) -> None:
    connection, _ = worker
    (tmp_path / "empty").write_bytes(b"")
    assert ask(connection, tmp_path / "empty") == Reply("UnsupportedMediaError", "The file is empty.")
    assert ask(connection, videos("vp9.webm")).kind == "done"
    connection.sendall(pack(CANCEL))  # Too late: nothing is being done.
    assert ask(connection, videos("vp9.webm")).kind == "done"


def test_it_runs_under_limits(worker: tuple[socket.socket, "subprocess.Popen[bytes]"]) -> None:
    _, process = worker
    lines = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split() for line in lines}
    assert limits["Max open files"][:2] == ["40", "40"]
    assert limits["Max core file size"][0] == "0"
    assert (1 << 30) < int(limits["Max address space"][0]) < (1 << 33)


def test_it_ends_when_the_connection_closes(worker: tuple[socket.socket, "subprocess.Popen[bytes]"]) -> None:
    connection, process = worker
    connection.shutdown(socket.SHUT_RDWR)
    assert process.wait(10) == 0
