import json
import logging
import select
import socket
import time

import httpx
import pytest

from server import envelope
from server.framing import MOST_HEAD_BYTES
from server.protocol import ROUTE, Protocol
from tests.server.live import Live, read_response, request_head

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
OFFER = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQ"}


def ended(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def test_bytes_that_are_no_http_are_answered_with_a_problem(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(b"EHLO example\r\n\r\n")
        status, headers, body = read_response(connection)
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        problem = json.loads(body)
        assert problem["type"] == "/problems/bad-request"
        assert problem["request_id"] == headers["x-request-id"]
        assert connection.recv(1) == b""


def test_bytes_that_are_no_http_are_counted_and_logged(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    name = f'foveate_requests_total{{model="",route="{ROUTE}",status="400"}}'
    before = live.count(name)
    with caplog.at_level(logging.INFO, "foveate.access"), live.connect() as connection:
        connection.sendall(b"EHLO example\r\n\r\n")
        _, headers, _ = read_response(connection)
    assert live.count(name) == before + 1
    assert f"status=400 client=127.0.0.1 request_id={headers['x-request-id']}" in caplog.text


def test_an_upgrade_is_not_followed(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    with live.connect() as connection:
        connection.sendall(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert read_response(connection)[0] == 200
    assert caplog.text == ""


def test_a_body_that_comes_with_an_offer_to_upgrade_is_read(client: httpx.Client, clip: bytes) -> None:
    answer = client.post("/v1/videos:classify", content=clip, headers=OFFER)
    assert answer.status_code == 200, answer.text


def test_a_body_is_never_taken_for_a_request(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "_LINGER_S", 0.2)
    hidden = b"GET /v1/models/hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    head = GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    with live.connect() as connection:
        connection.sendall(head)
        time.sleep(0.05)
        connection.sendall(hidden)
        assert ended(connection).count(b"HTTP/1.1") == 1


def test_a_body_in_tiny_chunks_is_read_whole(live: Live) -> None:
    name = "foveate_upload_bytes_total"
    before = live.count(name)
    with live.connect() as connection:
        connection.sendall(request_head("/v1/videos:classify", None) + b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n")
        assert read_response(connection)[0] in (415, 422)
    assert live.count(name) == before + 20_000


def test_requests_in_a_row_are_answered_in_turn(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall((GET + b"\r\n") * 300 + GET + b"Connection: close\r\n\r\n")
        assert ended(connection).count(b"HTTP/1.1 200") == 301


@pytest.mark.parametrize(
    "begun",
    [GET + b"X: ", request_head("/v1/videos:classify", None) + b"1\r\na\r\n0\r\nX: "],
    ids=["head", "trailer"],
)
def test_a_head_or_trailer_without_end_is_refused(live: Live, begun: bytes) -> None:
    with live.connect() as connection:
        connection.sendall(begun)
        sent = 0
        while not select.select([connection], [], [], 0.001)[0] and sent < 8 * MOST_HEAD_BYTES:
            connection.sendall(b"a" * 8192)
            sent += 8192
        status, _, body = read_response(connection)
        assert (status, json.loads(body)["type"]) == (431, "/problems/head-too-large")
        assert MOST_HEAD_BYTES <= sent < 8 * MOST_HEAD_BYTES


def test_a_client_that_is_still_sending_gets_to_read_its_refusal(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(GET + b"X: " + b"a" * (4 << 20))
        assert read_response(connection)[0] == 431


def test_a_client_that_never_stops_sending_is_cut_off(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "linger_s", 0.2)
    with live.connect() as connection:
        connection.sendall(b"EHLO example\r\n\r\n")
        end = time.monotonic() + 5
        try:
            while time.monotonic() < end:
                connection.sendall(b"a")
                time.sleep(0.01)
        except OSError:
            return
        pytest.fail("It may go on.")


def test_a_body_that_breaks_is_one_request(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    names = (
        'foveate_requests_total{model="untrained",route="/v1/videos:classify",status="400"}',
        f'foveate_requests_total{{model="",route="{ROUTE}",status="400"}}',
        'foveate_cancelled_total{reason="gone"}',
    )
    before = [live.count(name) for name in names]
    with caplog.at_level(logging.INFO, "foveate.access"), live.connect() as connection:
        connection.sendall(request_head("/v1/videos:classify", None) + b"1\r\na\r\n")
        live.until(lambda: live.service.in_flight == 1)
        connection.sendall(b"no length\r\n")
        status, headers, _ = read_response(connection)
        live.until(lambda: any("status=" in message for message in caplog.messages))
    (line,) = (message for message in caplog.messages if "status=" in message)
    assert status == 400
    assert f"request_id={headers['x-request-id']}" in line
    assert "status=400" in line
    grown = [live.count(name) - was for name, was in zip(names, before, strict=True)]
    assert grown == [1, 0, 0]


def test_a_client_that_only_listens_is_answered_what_costs_nothing(live: Live) -> None:
    assert live.service._loop is not None
    with live.connect() as connection:
        # Request and end come in the same turn of the loop.
        live.service._loop.call_soon_threadsafe(time.sleep, 0.3)
        connection.sendall(GET + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert ended(connection).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"\r\n", b"\r\n"),
        (b"\r\nGET /li", b""),
        (b"Content-Length: 100\r\n\r\n", b"a"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nab"),
    ],
    ids=["an empty line", "a part of a request", "a part of a body", "a part of a chunk"],
)
def test_nothing_keeps_a_connection_open_for_ever(
    live: Live, monkeypatch: pytest.MonkeyPatch, first: bytes, then: bytes
) -> None:
    monkeypatch.setattr(Protocol, "head_timeout_s", 0.2)
    monkeypatch.setattr(envelope, "_LINGER_S", 0.2)
    with live.connect() as connection:
        connection.settimeout(5)
        connection.sendall(GET + first)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(then)
        ended(connection)


def test_an_empty_line_between_requests_is_passed_over(live: Live) -> None:
    with live.connect() as connection:
        for request in (b"\r\n" + GET + b"\r\n", b"\r\n", GET + b"\r\n"):
            connection.sendall(request)
            if request != b"\r\n":
                assert read_response(connection)[0] == 200


@pytest.mark.parametrize("begun", [b"", b"GET /livez HTTP/1.1\r\nHost: a"])
def test_a_head_that_does_not_come_is_not_waited_for(
    live: Live, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(Protocol, "head_timeout_s", 0.1)
    with live.connect() as connection:
        connection.sendall(begun)
        assert connection.recv(1) == b""


def test_an_idle_connection_is_kept_after_its_first_request(live: Live) -> None:
    with live.connect() as connection:
        for _ in range(2):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read_response(connection)[0] == 200
            (protocol,) = (
                each
                for each in tuple(live.server.server_state.connections)
                if isinstance(each, Protocol) and each.client == connection.getsockname()
            )
            assert protocol._head_timer is None
