import asyncio
from collections.abc import Iterable

import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from foveate.errors import OverloadedError
from server import body as module
from server.body import Body, declared_length
from server.errors import ClientGone, Problems, Refusal
from server.room import Room


def read(messages: Iterable[Message], limit: int = 100, most: int = 1000) -> list[bytes]:
    left = iter(messages)

    async def receive() -> Message:
        for message in left:
            return message
        await asyncio.sleep(10)
        raise AssertionError

    async def run() -> list[bytes]:
        room = Room(most, 0.05, lambda message: OverloadedError(message, 1.0)).share(0)
        return [chunk async for chunk in Body(receive, room, limit, 0.05, 0).chunks()]

    return asyncio.run(run())


def part(data: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def test_chunks_come_as_they_are_and_none_is_empty() -> None:
    assert read([part(b"ab"), part(b""), part(b"c", False)]) == [b"ab", b"c"]
    assert read([part(b"", False)]) == []


def test_the_limit_is_exact() -> None:
    assert read([part(b"x" * 100, False)]) == [b"x" * 100]
    with pytest.raises(Refusal) as caught:
        read([part(b"x" * 100), part(b"x", False)])
    assert caught.value.kind is Problems.TOO_LARGE


def test_bytes_of_all_requests_are_bounded_as_they_come() -> None:
    with pytest.raises(OverloadedError):
        read([part(b"x" * 60, False)], most=50)


def test_a_stall_and_a_disconnect() -> None:
    with pytest.raises(Refusal) as caught:
        read([part(b"x")])
    assert caught.value.kind is Problems.STALLED
    with pytest.raises(ClientGone):
        read([part(b"x"), {"type": "http.disconnect"}])


@pytest.mark.parametrize(("rate", "size"), [(10, 298), (10, 300), (0, 1)])
def test_what_is_dribbled_is_given_up(monkeypatch: pytest.MonkeyPatch, rate: int, size: int) -> None:
    now = 0.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    came = 0

    async def receive() -> Message:
        nonlocal now, came
        now, came = now + 29, came + 1
        await asyncio.sleep(0)
        return part(bytes(size if came % 2 else 1), came < 9)

    async def run() -> int:
        room = Room(10_000, 1, lambda message: OverloadedError(message, 1.0)).share(0)
        return sum([len(chunk) async for chunk in Body(receive, room, 10_000, 30, rate).chunks()])

    if size < 30 * rate:
        with pytest.raises(Refusal, match="Fewer than 300 bytes of the body came in 30 s") as caught:
            asyncio.run(run())
        assert caught.value.kind is Problems.STALLED
        assert came == 3
    else:
        assert asyncio.run(run()) == 5 * size + 4


def test_only_the_wait_for_the_client_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    left = [part(b"x"), part(b"x"), part(b"x", False)]

    async def receive() -> Message:
        await asyncio.sleep(0)
        return left.pop(0)

    async def run() -> None:
        nonlocal now
        room = Room(10, 1, lambda message: OverloadedError(message, 1.0)).share(0)
        async for _ in Body(receive, room, 10, 30, 1000).chunks():
            now += 100  # The disk's.

    asyncio.run(run())
    assert left == []


def test_a_declared_length_is_checked() -> None:
    assert declared_length(Headers({}), 10) is None
    assert declared_length(Headers({"content-length": "10"}), 10) == 10
    with pytest.raises(Refusal):
        declared_length(Headers({"content-length": "11"}), 10)
