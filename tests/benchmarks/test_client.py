import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.client import Load, closed_loop, post


class Handler(BaseHTTPRequestHandler):
    """Answers with the length of the body; refuses an empty one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        content = b'{"bytes": %d}' % len(body)
        self.send_response(200 if body else 422)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_post(port: int) -> None:
    assert post(port, "/", b"1234", {}) == {"bytes": 4}
    with pytest.raises(RuntimeError, match="status 422"):
        post(port, "/", b"", {})


def test_a_closed_loop_answers_every_request(port: int) -> None:
    load = closed_loop(port, "/", b"1234", {}, clients=3, requests=20)
    assert load.answered == len(load.latencies) == 20
    assert load.client_seconds >= 0
    assert load.rate <= load.fair_rate


def test_a_failing_request_fails_the_measurement(port: int) -> None:
    with pytest.raises(RuntimeError, match="a request failed: status 422"):
        closed_loop(port, "/", b"", {}, clients=2, requests=4)


def test_rates() -> None:
    load = Load(answered=10, seconds=5.0, client_seconds=0.0, latencies=())
    assert load.rate == load.fair_rate == 2.0
