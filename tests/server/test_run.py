import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import ConfigError
from foveate.runtimes.base import RuntimeInfo
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from server import envelope
from server import run as run_module
from server import settings as settings_module
from server.run import Server, bind, listen, serve
from server.settings import Settings
from tests.server.live import SMALL, Live, assert_problem, read_response, request_head, running, with_exits

PATH = "/v1/videos:classify"
NOT_NEEDED = ("torch", "onnx", "onnxscript", "models", "export", "PyNvVideoCodec")
WITHOUT_THEM = (
    "import sys\n"
    f"sys.modules.update(dict.fromkeys({NOT_NEEDED}))\n"
    "from foveate.cli.main import main\n"
    "sys.exit(main(sys.argv[1:]))"
)


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A server of its own, what it listens on, and the lines it logs."""
    command = [sys.executable, "-c", WITHOUT_THEM, "serve", "--port", "0", "--lanes", "1", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        lines: list[str] = []
        try:
            for line in child.stderr:
                lines.append(line)
                if found := re.search(r"msg=listening url=(http://\S+)", line):
                    break
            else:
                pytest.fail("".join(lines))
            reader = threading.Thread(target=lines.extend, args=(child.stderr,))
            reader.start()
            yield child, found.group(1), lines
        finally:
            child.kill()
            child.wait()
            reader.join()


def test_a_process_reads_its_bundles_anew_at_a_signal_and_its_decoders_do_not_mind(
    clip: bytes, tmp_path: Path
) -> None:
    (tmp_path / "now").symlink_to(untrained_bundle())
    with process("--bundle", str(tmp_path / "now"), "--decode-workers", "1") as (child, url, lines):
        (worker,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        (tmp_path / "new").symlink_to(with_exits(tmp_path / "other"))
        (tmp_path / "new").replace(tmp_path / "now")
        # As pkill sends it.
        for pid in (int(worker), child.pid):
            os.kill(pid, signal.SIGUSR1)
        end = time.monotonic() + 60
        while not any("bundles read anew" in line for line in lines):
            assert time.monotonic() < end, lines
            time.sleep(0.01)
        answer = httpx.post(url + PATH, content=clip, trust_env=False).json()
        assert answer["model"]["name"] == "with-exits"
        assert Path(f"/proc/{worker}").exists()
    (line,) = [line for line in lines if "bundles read anew" in line]
    assert 'msg="bundles read anew" new=with-exits:' in line
    assert "gone=untrained:" in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_serves_without_what_trains_or_a_gpus_decoder_and_stops_at_a_signal(
    clip: bytes, number: int
) -> None:
    with process() as (child, url, lines):
        response = httpx.post(url + PATH, content=clip, headers={"X-Request-ID": "mine"}, trust_env=False)
        assert response.status_code == 200
        assert response.json()["predictions"]
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=10) as connection:
            connection.sendall(b"EHLO example\r\n\r\n")
            assert read_response(connection)[0] == 400
        child.send_signal(number)
        assert child.wait(10) == 0
    line = next(line for line in lines if "logger=foveate.access" in line)
    assert f"method=POST path={PATH} status=200" in line
    assert "request_id=mine" in line
    assert "Traceback" not in "".join(lines)
    assert "level=WARNING" not in "".join(lines)
    assert any("msg=settings port=0 lanes=1" in line for line in lines)
    assert any("draining" in line and "requests_in_flight=0" in line for line in lines)
    assert "msg=stopped failed=false" in lines[-1]


def test_a_mistyped_variable_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_MAX_INFLIGHT", "5")
    with process() as (child, url, lines):
        # Its own signals are heeded by now.
        assert httpx.get(url + "/livez", trust_env=False).status_code == 200
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    (warning,) = (line for line in lines if "level=WARNING" in line)
    assert "did you mean FOVEATE_MAX_IN_FLIGHT?" in warning


def test_a_signal_while_it_starts_ends_it() -> None:
    code = (
        "import asyncio, os, signal, sys\n"
        "from foveate.cli.main import main\n"
        "from server.service import Service\n"
        "async def start(self):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    try:\n"
        "        await asyncio.sleep(60)\n"
        "    finally:\n"
        "        print('cleaned up')\n"
        "Service.start = start\n"
        "sys.exit(main(['serve', '--port', '0']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "cleaned up\n", "")


class OnGpu(OnnxCpuRuntime):
    """Says that it runs on a GPU."""

    @property
    def info(self) -> RuntimeInfo:
        return replace(super().info, device="cuda:0 (Some GPU)")


def test_the_lanes_that_it_says_are_those_that_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before, lanes = set(threading.enumerate()), list[threading.Thread]()
    log_asked: list[tuple[str, ...]] = []

    async def stop(self: Server, sockets: object) -> None:
        begun = set(threading.enumerate()) - before
        lanes.extend(thread for thread in begun if thread.name.startswith("lane-"))
        await self._service.close()

    monkeypatch.setattr(settings_module, "core_count", lambda: 5)
    monkeypatch.setattr(Server, "serve", stop)
    monkeypatch.setattr(run_module, "set_up", lambda *asked: log_asked.append(asked))
    caplog.set_level("INFO", "foveate.server")
    assert serve(Settings(**{**SMALL, "lanes": 0, "log_format": "json"}), OnGpu()) == 0
    assert log_asked == [("error", "json")]
    assert len(lanes) == 3
    assert "lanes=3 decoders=1" in caplog.text


def test_an_address_that_was_lost_since_it_was_bound_is_said() -> None:
    with bind("127.0.0.1", 0) as first, bind("127.0.0.1", first.getsockname()[1]) as second:
        listen(first)
        with pytest.raises(
            ConfigError, match=r"cannot listen on 127\.0\.0\.1 port \d+: Address already in use"
        ):
            listen(second)


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
def test_a_host_that_has_no_name_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="this is no name of a host"):
        bind(host, 0)


def test_connections_are_kept_for_longer_than_proxies_keep_them() -> None:
    assert Settings(**SMALL).keep_alive_s > 60
    with running(keep_alive_s=1) as live, live.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_response(connection)[0] == 200
        began = time.monotonic()
        assert connection.recv(1) == b""
        assert 0.5 < time.monotonic() - began < 4


def test_a_stop_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    live = Live()
    with caplog.at_level(logging.INFO, "foveate.server"):
        live.stop()
    assert "draining requests_in_flight=0 for_s=30" in caplog.text
    assert caplog.text.count("stopping requests_in_flight=0") == 1


def test_draining_answers_what_is_in_flight_and_refuses_the_rest(clip: bytes) -> None:
    live = Live()
    with live.gate.closed(), live.connect() as connection, live.client() as client:
        connection.sendall(request_head(PATH, len(clip)) + clip)
        assert client.get("/livez").status_code == 200
        live.until(lambda: live.service.engine.in_flight() == 1)
        live.drain()
        assert_problem(client.get("/readyz"), 503, "unavailable")
        refused = client.post(PATH, content=clip)
        assert_problem(refused, 503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/livez").status_code == 200
        live.gate._open.set()
        status, _, body = read_response(connection)
        assert (status, len(json.loads(body)["predictions"])) == (200, 5)
        live.join()
    assert live.failed is None
    assert not live.server.failed


def test_a_hangup_is_heeded_while_it_serves_and_not_after(live: Live) -> None:
    before = signal.getsignal(signal.SIGHUP)
    with live.server.capture_signals():
        assert signal.getsignal(signal.SIGHUP) == live.server.handle_exit
    assert signal.getsignal(signal.SIGHUP) == before


def test_who_still_uploads_may_read_its_refusal_before_the_end() -> None:
    assert envelope._LINGER_S < run_module._LAST_WORDS_S


def test_a_hangup_while_it_drains_is_no_hurry(clip: bytes) -> None:
    live = Live()
    with live.connect() as connection, live.gate.closed():
        connection.sendall(request_head(PATH, len(clip)) + clip)
        live.until(lambda: live.service.engine.in_flight() == 1)
        for number in (signal.SIGHUP, signal.SIGHUP):
            live.server.handle_exit(number, None)
        assert not live.server.should_exit
        live.gate._open.set()
        assert read_response(connection)[0] == 200
        live.join()


def test_what_outlasts_the_drain_is_answered_503(clip: bytes, caplog: pytest.LogCaptureFixture) -> None:
    live = Live(drain_s=0.2)
    with live.connect() as computing, live.connect() as uploading, live.gate.closed():
        computing.sendall(request_head(PATH, len(clip)) + clip)
        uploading.sendall(request_head(PATH, len(clip)) + clip[:100])
        live.until(lambda: live.service.engine.in_flight() == 1)
        live.until(lambda: live.service.admission.requests == 2)
        live.drain()
        status, _, body = read_response(computing)
        assert (status, json.loads(body)["type"]) == (503, "/problems/unavailable")
        live.gate._open.set()
        status, _, body = read_response(uploading)
        assert (status, json.loads(body)["type"]) == (503, "/problems/unavailable")
        live.join()
    assert live.failed is None
    assert caplog.text == "", "nothing had to be cancelled"


def test_a_dead_lane_ends_the_server_with_an_error(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live()

    def die(*_: object) -> None:
        raise MemoryError("no more")

    with live.client() as client:
        monkeypatch.setattr(live.service.engine._scheduler, "complete", die)
        response = client.post(PATH, content=clip)
        assert_problem(response, 503, "unavailable")
    live.join()
    assert live.server.failed
    assert live.service.unready() is not None
    assert live.failed is None


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use"
        ):
            bind("127.0.0.1", port)


def test_a_host_that_is_not_ours_is_said_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 203\.0\.113\.7"):
        bind("203.0.113.7", 0)


def test_a_bound_port_is_not_inherited() -> None:
    with bind("127.0.0.1", 0) as bound:
        assert not os.get_inheritable(bound.fileno())
