"""A server that speaks this API, takes as long and fails as a test says, and keeps what it was sent."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tests.bench.made import model


@dataclass
class Call:
    """A request as it came."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def answer_body(index: int = 1, **compute: Any) -> bytes:
    facts = {"gflops": 2.0, "gflops_nominal": 3.0, "degraded": False, "exit": "complete", "answers": 2}
    predictions = [{"label": "?", "index": index, "score": 1.0}]
    return json.dumps({"predictions": predictions, "compute": facts | compute}).encode()


Response = tuple[int, dict[str, str], bytes]


def answered(index: int = 1) -> Response:
    headers = {"Server-Timing": "decode;dur=1, total;dur=2", "X-Compute-GFLOPs": "2"}
    return 200, headers, answer_body(index)


def problem(status: int, slug: str, **headers: str) -> Response:
    body = json.dumps({"type": f"/problems/{slug}", "detail": f"It is {slug}."}).encode()
    return status, {"Content-Type": "application/problem+json", **headers}, body


@dataclass
class FakeServer:
    """What it answers.

    Attributes:
        respond: to the posts, by their number from 0; may raise to break the connection.
        seconds: of each answer.
        ready: what ``/readyz`` answers.
        wanted: a header, and its value, without which nothing is told but by ``/readyz``.
        calls: posts so far.
    """

    respond: Callable[[int, Call], Response] = lambda number, call: answered()
    seconds: float = 0.005
    ready: Response = (200, {}, b"ready\n")
    wanted: tuple[str, str] | None = None
    calls: list[Call] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See the ASGI specification."""
        assert scope["type"] == "http"
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["method"] == "GET":
            status, headers, content = self._get(scope["path"], scope["headers"])
        else:
            names = {name.decode(): value.decode() for name, value in scope["headers"]}
            call = Call(scope["path"], scope["query_string"].decode(), names, body)
            number = len(self.calls)
            self.calls.append(call)
            await asyncio.sleep(self.seconds)
            status, headers, content = self.respond(number, call)
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _get(self, path: str, headers: list[tuple[bytes, bytes]]) -> Response:
        if path == "/readyz":
            return self.ready
        if self.wanted and tuple(part.encode() for part in self.wanted) not in headers:
            return 401, {}, b"who are you?"
        if path == "/v1/models":
            return 200, {}, json.dumps({"models": [{"name": "made", "default": True}]}).encode()
        if path == "/v1/models/made":
            return 200, {}, model().model_dump_json().encode()
        if path == "/openapi.json":
            return 200, {}, b'{"openapi": "3.1.0", "info": {"title": "made", "version": "1.2.3"}}'
        return problem(404, "not-found")


@contextmanager
def serving(fake: FakeServer) -> Iterator[FakeServer]:
    """Serve it on a free port, from a thread."""
    config = uvicorn.Config(fake, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < end
            time.sleep(0.005)
        fake.port = server.servers[0].sockets[0].getsockname()[1]
        yield fake
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
