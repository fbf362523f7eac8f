import json
from typing import Any

import pytest
from multidict import CIMultiDict

from foveate.bench.reply import Answer, Failure, Reason, read_reply, server_timing

BODY: dict[str, Any] = {
    "predictions": [{"label": "b", "index": 1, "score": 0.9}, {"label": "a", "index": 0, "score": 0.1}],
    "compute": {"gflops": 2.5, "gflops_nominal": 3.0, "degraded": True, "exit": "budget", "answers": 4},
}
HEADERS = {"Server-Timing": "upload;dur=1, decode;dur=20.5, total;dur=30", "X-Compute-GFLOPs": "2.4"}


def test_an_answer() -> None:
    reply = read_reply(200, CIMultiDict(HEADERS), json.dumps(BODY).encode())
    stages = {"upload": 1.0, "decode": 20.5, "total": 30.0}
    assert reply == Answer(stages, 2.4, 3.0, degraded=True, exit="budget", answers=4, index=1)


def test_headers_may_be_lost_on_the_way() -> None:
    reply = read_reply(200, {}, json.dumps(BODY).encode())
    assert isinstance(reply, Answer)
    assert (reply.stages_ms, reply.gflops) == ({}, 2.5)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"<html>", json.dumps(BODY | {"predictions": []}).encode()]
)
def test_something_else(body: bytes) -> None:
    assert read_reply(200, {}, body) == Failure(Reason.OTHER, "200 not an answer of this API")


def problem(slug: str) -> bytes:
    return json.dumps({"type": f"/problems/{slug}", "detail": "So it is."}).encode()


def test_a_refusal_says_when_to_come_again() -> None:
    headers = CIMultiDict({"content-type": "application/problem+json", "retry-after": "3"})
    reply = read_reply(429, headers, problem("overloaded"))
    assert reply == Failure(Reason.REFUSED, "429 overloaded", "So it is.", 3.0)


def test_other_problems_are_told_apart() -> None:
    headers = {"Content-Type": "application/problem+json"}
    reply = read_reply(422, headers, problem("undecodable-video"))
    assert reply == Failure(Reason.OTHER, "422 undecodable-video", "So it is.")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<h1>Bad gateway"),
        ("application/problem+json", b"{"),
        ("application/problem+json", b"[]"),
    ],
)
def test_a_proxy_may_answer_instead(kind: str, body: bytes) -> None:
    assert read_reply(502, {"Content-Type": kind}, body) == Failure(Reason.OTHER, "502")


@pytest.mark.parametrize(("status", "body"), [(200, json.dumps(BODY).encode()), (200, b"?"), (429, b"")])
def test_every_reply_has_the_id_of_its_request(status: int, body: bytes) -> None:
    assert read_reply(status, CIMultiDict({"x-request-id": "r1"}), body).request_id == "r1"


def test_server_timing_of_others() -> None:
    header = 'cache;desc="Read";dur=23.2, miss, db;dur="5", odd;dur=soon'
    assert server_timing(header) == {"cache": 23.2, "db": 5.0}
    assert server_timing("") == {}
