import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from server.envelope import Envelope
from server.errors import ClientGone
from server.telemetry import Telemetry
from tests.server.live import Live, assert_problem


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


def through(app: Callable[[Scope, Receive, Send], Any]) -> tuple[list[Message], Telemetry]:
    sent: list[Message] = []
    telemetry = Telemetry()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}
        await Envelope(app, telemetry)(scope, receive, send)

    asyncio.run(run())
    return sent, telemetry


def test_a_defect_is_logged_and_answered_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("secret")

    sent, telemetry = through(broken)
    assert sent[0]["status"] == 500
    assert b"secret" not in b"".join(message.get("body", b"") for message in sent)
    assert "secret" in caplog.text
    assert 'foveate_requests_total{route="unmatched",status="500"} 1.0' in telemetry.exposition().decode()


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
