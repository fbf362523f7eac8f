import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from server.clients import Clients
from server.envelope import Envelope
from server.errors import ClientGone
from server.telemetry import Telemetry
from tests.server.live import Live, assert_problem, read_response


@pytest.mark.parametrize("asked", ["abc", "A.b_c-9", "x" * 128])
def test_a_sane_request_id_is_echoed(client: httpx.Client, asked: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": asked}).headers["x-request-id"] == asked


@pytest.mark.parametrize("asked", ["", "x" * 129, "a b", "a;b", "<script>"])
def test_any_other_is_replaced(client: httpx.Client, asked: str) -> None:
    response = client.get("/nothing", headers={"X-Request-ID": asked})
    made = assert_problem(response, 404, "not-found")["request_id"]
    assert made != asked
    assert len(made) == 32


def test_a_request_is_one_line_in_the_log(
    live: Live, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="foveate.access"):
        client.get("/no%0Athing", headers={"X-Request-ID": "r1"})
        live.until(lambda: bool(caplog.messages))
    (message,) = (m for m in caplog.messages if "request_id=r1" in m)
    assert message.startswith('method=GET path="/no\\nthing" status=404 ms=')
    assert "\n" not in message


def test_a_trace_is_named_in_the_log(
    live: Live, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with caplog.at_level(logging.INFO, logger="foveate.access"):
        client.get("/none", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
        client.get("/none", headers={"traceparent": f"00-{trace}-forged"})
        live.until(lambda: len(caplog.messages) == 2)
    assert [f"trace_id={trace}" in message for message in caplog.messages] == [True, False]
    assert "forged" not in caplog.text


def test_probes_are_logged_where_something_is_wrong(
    live: Live, client: httpx.Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.DEBUG, logger="foveate.access"):
        for path in ("/livez", "/readyz", "/metrics"):
            client.get(path)
        client.get("/v1/models")
        monkeypatch.setattr(live.service, "unready", lambda: "It is tired.")
        client.get("/readyz")
        live.until(lambda: len(caplog.records) == 5)
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.DEBUG] * 3 + [logging.INFO] * 2


def test_a_refusal_names_the_model_it_was_for(
    live: Live, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="foveate.access"):
        client.post("/v1/videos:classify", params={"model": "with-exits"})
        live.until(lambda: bool(caplog.messages))
    (message,) = caplog.messages
    assert "status=400" in message
    assert message.endswith("model=with-exits")


def test_the_client_in_the_log_is_an_address(
    live: Live, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="foveate.access"):
        for forwarded in ("evil client=1 request_id=fake", "192.0.2.1"):
            client.get("/none", headers={"X-Forwarded-For": forwarded})
        live.until(lambda: len(caplog.messages) == 2)
    first, second = caplog.messages
    assert "client=127.0.0.1 request_id=" in first
    assert "evil" not in first
    assert "client=192.0.2.1 request_id=" in second


def through(app: Callable[[Scope, Receive, Send], Any]) -> tuple[list[Message], Telemetry]:
    sent: list[Message] = []
    telemetry = Telemetry()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}
        await Envelope(app, telemetry, Clients([]))(scope, receive, send)

    asyncio.run(run())
    return sent, telemetry


def test_a_defect_is_logged_and_answered_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("secret")

    sent, telemetry = through(broken)
    assert sent[0]["status"] == 500
    assert b"secret" not in b"".join(message.get("body", b"") for message in sent)
    assert "secret" in caplog.text
    assert (
        'foveate_requests_total{model="",route="unmatched",status="500"} 1.0'
        in telemetry.exposition().decode()
    )


def test_a_client_that_has_gone_is_counted_and_told_nothing() -> None:
    async def abandoned(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientGone

    sent, telemetry = through(abandoned)
    assert sent == []
    assert 'status="499"} 1.0' in telemetry.exposition().decode()
    assert 'foveate_cancelled_total{reason="gone"} 1.0' in telemetry.exposition().decode()


def test_a_request_that_the_server_cancels_is_answered_503() -> None:
    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    sent, _ = through(cancelled)
    assert sent[0]["status"] == 503


def test_a_refusal_of_a_request_without_a_body_keeps_the_connection(live: Live) -> None:
    with live.connect() as connection:
        for _ in range(2):
            connection.sendall(b"GET /v1/models/nope HTTP/1.1\r\nHost: a\r\n\r\n")
            status, headers, _ = read_response(connection)
            assert status == 404
            assert "connection" not in headers


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/v1/models", "/docs", "/openapi.json"])
def test_what_can_be_got_has_a_head(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    refused = client.delete(path)
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD"


def test_what_can_only_be_posted_has_none(client: httpx.Client) -> None:
    refused = client.head("/v1/videos:classify")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_a_slash_too_many_leads_nowhere(client: httpx.Client) -> None:
    answer = client.get("/v1/models/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_description_is_counted_as_what_it_is(live: Live, client: httpx.Client) -> None:
    name = 'foveate_requests_total{model="",route="/openapi.json",status="200"}'
    before = live.count(name)
    client.get("/openapi.json")
    assert live.count(name) == before + 1
