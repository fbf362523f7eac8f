"""A server on a real socket, in a thread, whose lanes can be held."""

import asyncio
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop

from foveate.bundle.load import untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, RuntimeInfo, Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from server.app import create_app
from server.run import Server, bind
from server.service import Service
from server.settings import Settings

SMALL: dict[str, Any] = {
    "bundle": [untrained_bundle()],
    "host": "127.0.0.1",
    "port": 0,
    "lanes": 2,
    "decode_workers": 1,
    "log_level": "error",
}


class Gate:
    """Holds every batch while it is closed, and counts those that began."""

    def __init__(self) -> None:
        self.begun = 0
        self._counting = threading.Lock()
        self.failure: BaseException | None = None
        self._open = threading.Event()
        self._open.set()

    def __call__(self) -> None:
        with self._counting:
            self.begun += 1
        assert self._open.wait(30)
        if self.failure is not None:
            raise self.failure

    @contextmanager
    def closed(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


class GatedRuntime:
    """The real runtime, behind a gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._inner = OnnxCpuRuntime()

    @property
    def info(self) -> RuntimeInfo:
        return self._inner.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        return _GatedGraph(self._inner.load(path, graph), self._gate)


class _GatedGraph:
    def __init__(self, inner: LoadedGraph, gate: Gate) -> None:
        self._inner = inner
        self._gate = gate

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        self._gate()
        return self._inner.run(inputs)


class Live:
    """A running server.

    Attributes:
        gate: what its batches pass.
        result: of its thread, once it has ended: the error, if any.
    """

    def __init__(self, **settings: Any) -> None:
        self.gate = Gate()
        self.settings = Settings(**{**SMALL, **settings})
        self.bound = bind(self.settings.host, self.settings.port)
        self.port: int = self.bound.getsockname()[1]
        app = create_app(self.settings, GatedRuntime(self.gate))
        self.service: Service = app.state.service
        self.server = Server(app, self.settings)
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        # Long: a start warms up on lanes that yield to everything else on the machine.
        self.until(lambda: self.server.started or not self._thread.is_alive(), 180)
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        try:
            with self.bound, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            self.failed = error

    async def _serve(self) -> None:
        await self.service.start()
        await self.server.serve(sockets=[self.bound])

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def at_rest(self) -> bool:
        levels = self.service.levels()
        in_use = (
            "requests_in_flight",
            "bytes_in_flight",
            "videos_in_engine",
            "upload_files",
            "pages_waiting",
            "uploads_waiting",
        )
        return not any(levels[name] for name in in_use) and levels["pages_free"] == levels["pages"]

    def until(self, true: Callable[[], bool], seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.service.levels()
            time.sleep(0.005)

    def count(self, sample: str) -> float:
        """A sample of the metrics, 0 where it is not there yet."""
        for line in self.service.telemetry.exposition().decode().splitlines():
            if line.startswith(f"{sample} "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def drain(self) -> None:
        self.server.drain()

    def join(self, seconds: float = 30) -> None:
        self._thread.join(seconds)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        self.drain()
        self.join()


@contextmanager
def running(**settings: Any) -> Iterator[Live]:
    live = Live(**settings)
    try:
        yield live
    finally:
        live.stop()


def request_head(path: str, length: int | None, content_type: str = "video/mp4", **headers: str) -> bytes:
    """The head of a POST, for raw sockets; chunked without a length."""
    lines = [f"POST {path} HTTP/1.1", "Host: test", f"Content-Type: {content_type}"]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a response that has a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        assert part, data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return int(first.split()[1]), headers, body


def with_exits(target: Path, name: str = "with-exits") -> Path:
    """A copy of the embedded bundle under another name: its cheap setting leaves at once."""
    shutil.copytree(untrained_bundle(), target)
    path = target / "manifest.json"
    manifest = json.loads(path.read_text())
    nominal = manifest["cost"]["nominal"]
    answers = len(nominal)
    manifest |= {
        "name": name,
        "notice": None,
        "exits": {
            "measure": "largest-logit",
            "settings": [
                {
                    "thresholds": [threshold] * answers,
                    "multiply_adds": nominal[left],
                    "shares": [float(answer == left) for answer in range(answers)],
                }
                for threshold, left in ((-1e9, 0), (1e9, answers - 1))
            ],
            "default": 1,
            "source": "made up",
        },
    }
    path.write_text(json.dumps(manifest))
    return target


def assert_problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Check that a response is a problem in the form of all; gives its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "request_id", "errors"}
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["instance"] == response.request.url.path
    assert body["request_id"] == response.headers["x-request-id"]
    return body
