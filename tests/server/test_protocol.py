import json
import time

import pytest

from server.protocol import Protocol
from tests.server.live import Live, read_response


def test_bytes_that_are_no_http_are_answered_with_a_problem(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(b"EHLO example\r\n\r\n")
        status, headers, body = read_response(connection)
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        problem = json.loads(body)
        assert problem["type"] == "/problems/bad-request"
        assert problem["request_id"] == headers["x-request-id"]
        assert connection.recv(1) == b""


def test_an_upgrade_is_not_followed(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(
            b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        assert read_response(connection)[0] == 200


@pytest.mark.parametrize("begun", [b"", b"GET /livez HTTP/1.1\r\nHost: a"])
def test_a_head_that_does_not_come_is_not_waited_for(
    live: Live, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(Protocol, "head_timeout_s", 0.1)
    with live.connect() as connection:
        connection.sendall(begun)
        assert connection.recv(1) == b""


def test_an_idle_connection_is_kept_after_its_first_request(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Protocol, "head_timeout_s", 0.05)
    with live.connect() as connection:
        for _ in range(2):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read_response(connection)[0] == 200
            time.sleep(0.15)
