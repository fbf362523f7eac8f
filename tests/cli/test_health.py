import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from foveate.cli.main import main
from tests.server.live import Live, running

CARD = "0, NVIDIA H200, GPU-1\n"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with running(lanes=1) as server:
        yield server


@pytest.fixture(autouse=True)
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH: without an nvidia-smi, unless a test puts one there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put_tool(folder: Path, says: str, code: int = 0) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write({says!r})\nsys.exit({code})\n")
    tool.chmod(0o755)


@contextmanager
def answering(
    answers: dict[str, tuple[int, bytes]], asked: list[tuple[str, str | None, str | None]] | None = None
) -> Iterator[str]:
    """A server that gives these answers, and its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b"none"))
            if asked is not None:
                asked.append((self.path, self.headers.get("X-Key"), self.headers.get("Authorization")))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def on(device: str) -> dict[str, tuple[int, bytes]]:
    return {
        "/readyz": (200, b"ready\n"),
        "/v1/models": (200, json.dumps({"models": [{"name": "a b"}]}).encode()),
        "/v1/models/a%20b": (200, json.dumps({"runtime": {"device": device}}).encode()),
    }


def test_a_real_server_that_is_ready(
    live: Live, driver: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    url = f"http://127.0.0.1:{live.port}"
    assert main(["health", url]) == 0
    assert capsys.readouterr().out == "ready\n"
    put_tool(driver, "never asked: the server runs on the CPU", 1)
    assert main(["health", f"{url}/"]) == 0
    assert capsys.readouterr().out == "ready, on cpu\n"
    assert main(["health", url, "--gpu"]) == 1
    assert "the server runs on the CPU, and a GPU was asked for" in capsys.readouterr().err


def test_the_url_is_where_the_environment_has_a_server_listen(
    live: Live, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOVEATE_HOST", "0.0.0.0")
    monkeypatch.setenv("FOVEATE_PORT", str(live.port))
    assert main(["health"]) == 0
    assert capsys.readouterr().out == "ready\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"detail": "It is shutting down."}', "It is shutting down."),
        (b"?", "Service Unavail"),
    ],
)
def test_a_server_that_takes_no_work(body: bytes, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with answering({"/readyz": (503, body)}) as url:
        assert main(["health", url]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"/readyz answers 503: {message}" in error


def test_who_asks_is_told_with_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, str | None, str | None]] = []
    with answering(on("cuda:0"), asked) as url:
        wanted = url.replace("http://", "http://user:s3cret@")
        main(["health", wanted, "--gpu", "--header", "X-Key: s3cret"])
    assert {path for path, *_ in asked} == set(on(""))
    assert {(key, login) for _, key, login in asked} == {("s3cret", "Basic dXNlcjpzM2NyZXQ=")}
    shown = capsys.readouterr()
    assert "s3cret" not in shown.out + shown.err


def test_what_is_secret_is_not_sent_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, str | None, str | None]] = []
    with answering({"/readyz": (302, b""), "/elsewhere": (200, b"")}, asked) as url:
        assert main(["health", url, "--header", "X-Key: s3cret"]) == 1
    assert [path for path, *_ in asked] == ["/readyz"]
    assert "/readyz answers 302: Found" in capsys.readouterr().err


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert main(["health", f"http://127.0.0.1:{port}"]) == 1
    assert capsys.readouterr().err == (
        f"foveate health: http://127.0.0.1:{port}/readyz does not answer: Connection refused\n"
    )


def test_somebody_who_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        assert main(["health", url, "--timeout", "0.1"]) == 1
    assert "does not answer: timed out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ftp://somewhere"], "'ftp://somewhere' is no URL of the form http://HOST:PORT"),
        (["http://somewhere:port"], "is no URL"),
        (["http://127.0.0.1:9", "--timeout", "0"], "--timeout"),
        (["http://127.0.0.1:9", "--timeout", "nan"], "--timeout"),
        (["http://127.0.0.1:9", "--timeout", "inf"], "--timeout"),
        (["http://127.0.0.1:9", "--timeout", "1e300"], "--timeout"),
    ],
)
def test_misuse(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_server_on_a_gpu_is_as_well_as_its_driver(driver: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(on("cuda:0")) as url:
        put_tool(driver, CARD)
        for flags in ([], ["--gpu"]):
            assert main(["health", url, *flags]) == 0
            assert capsys.readouterr().out == "ready, on cuda:0, gpu 0: NVIDIA H200\n"
        put_tool(driver, "Failed to initialize NVML: Unknown Error\n", 255)
        assert main(["health", url]) == 1
        assert "Failed to initialize NVML" in capsys.readouterr().err
        (driver / "nvidia-smi").unlink()
        assert main(["health", url, "--gpu"]) == 1
        assert "nvidia-smi cannot be run" in capsys.readouterr().err


@pytest.mark.parametrize("models", [(404, b""), (200, b"<html>"), (200, b"{}"), (200, b'{"models": []}')])
def test_something_else_on_the_port(models: tuple[int, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    with answering({"/readyz": (200, b""), "/v1/models": models}) as url:
        assert main(["health", url, "--gpu"]) == 1
    assert capsys.readouterr().err.startswith(f"foveate health: {url}")


def test_as_a_process(live: Live) -> None:
    command = [sys.executable, "-m", "foveate.cli.main", "health", f"http://127.0.0.1:{live.port}"]
    result = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "ready\n", "")
