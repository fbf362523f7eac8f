import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

import pytest

from foveate.bench.client import Client, connected
from foveate.bench.reply import Answer, Failure, Reason, Reply
from foveate.errors import ConfigError, FoveateError, UnavailableError
from tests.bench.fake_server import FakeServer, problem, serving
from tests.bench.made import ITEM, model

T = TypeVar("T")


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving(FakeServer()) as fake:
        yield fake


def talk(
    url: str,
    say: Callable[[Client], Awaitable[T]],
    timeout_s: float = 10.0,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> T:
    async def go() -> T:
        async with connected(timeout_s, headers) as session:
            return await say(Client(session, url, "/v1/videos:classify", {"top_k": "1", "model": "a b"}))

    return asyncio.run(go())


def ask(url: str, timeout_s: float = 10.0, body: bytes = ITEM.body) -> Reply:
    return talk(url, lambda client: client.ask(replace(ITEM, body=body)), timeout_s)


@pytest.mark.parametrize("size", [5, 3 << 20])
def test_a_post(fake: FakeServer, size: int) -> None:
    reply = ask(fake.url + "/", body=b"x" * size)
    assert isinstance(reply, Answer)
    assert reply.stages_ms == {"decode": 1, "total": 2}
    (call,) = fake.calls
    assert (call.path, call.query) == ("/v1/videos:classify", "top_k=1&model=a+b")
    assert call.headers["content-type"] == "video/mp4"
    assert call.headers["content-length"] == str(size)
    assert call.body == b"x" * size


def test_a_refusal(fake: FakeServer) -> None:
    fake.respond = lambda number, call: problem(429, "overloaded", **{"Retry-After": "7"})
    assert ask(fake.url) == Failure(Reason.REFUSED, "429 overloaded", "It is overloaded.", 7)


def test_every_request_has_the_headers_that_were_given(fake: FakeServer) -> None:
    given = {"X-Key": "s3cret", "content-type": "text/plain"}
    talk(fake.url, lambda client: client.ask(ITEM), headers=given)
    (call,) = fake.calls
    assert (call.headers["x-key"], call.headers["content-type"]) == ("s3cret", "video/mp4")
    fake.wanted = ("x-key", "s3cret")
    assert talk(fake.url, lambda client: client.model(None), headers=given) == model()
    with pytest.raises(ConfigError, match=r"/v1/models answers 401: it does not let you in; see --header$"):
        talk(fake.url, lambda client: client.model(None))


def test_what_is_secret_is_not_sent_elsewhere(fake: FakeServer) -> None:
    with serving(FakeServer()) as elsewhere:
        fake.respond = lambda number, call: (307, {"Location": f"{elsewhere.url}{call.path}"}, b"")
        reply = talk(fake.url, lambda client: client.ask(ITEM), headers={"X-Key": "s3cret"})
    assert reply == Failure(Reason.OTHER, "307")
    assert elsewhere.calls == []


def test_patience_ends(fake: FakeServer) -> None:
    fake.seconds = 0.8
    assert ask(fake.url, timeout_s=0.1) == Failure(Reason.TIMEOUT, "timeout")


def test_nobody_listens(fake: FakeServer) -> None:
    reply = ask("http://127.0.0.1:1")
    assert isinstance(reply, Failure)
    assert (reply.reason, reply.what) == (Reason.OTHER, "connection ClientConnectorError")


def test_what_is_served(fake: FakeServer) -> None:
    assert talk(fake.url, lambda client: client.model(None)) == model()
    assert talk(fake.url, lambda client: client.model("made")) == model()


def test_versions_are_told_or_not(fake: FakeServer) -> None:
    assert talk(fake.url, lambda client: client.version()) == "1.2.3"
    assert talk(f"{fake.url}/elsewhere", lambda client: client.version()) == "unknown"


def refusal(url: str, name: str | None = None) -> FoveateError:
    with pytest.raises(FoveateError) as raised:
        talk(url, lambda client: client.model(name))
    assert "\n" not in str(raised.value)
    return raised.value


def test_no_such_model(fake: FakeServer) -> None:
    error = refusal(fake.url, "other")
    assert isinstance(error, ConfigError)
    assert str(error).endswith("has no model 'other'; it has: made")


def test_not_ready(fake: FakeServer) -> None:
    fake.ready = problem(503, "unavailable")
    error = refusal(fake.url)
    assert isinstance(error, UnavailableError)
    assert str(error).endswith("is not ready. It is unavailable.")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://"])
def test_not_there(url: str) -> None:
    error = refusal(url)
    assert isinstance(error, UnavailableError)
    assert "cannot be reached" in str(error)


def test_another_kind_of_server(fake: FakeServer) -> None:
    error = refusal(f"{fake.url}/elsewhere")
    assert isinstance(error, ConfigError)
    assert "/v1/models answered 404" in str(error)
