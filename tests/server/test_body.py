import asyncio
from collections.abc import Iterable

import pytest
from starlette.datastructures import Headers
from starlette.types import Message

from foveate.errors import OverloadedError
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
        return [chunk async for chunk in Body(receive, room, limit, 0.05).chunks()]

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


def test_a_declared_length_is_checked() -> None:
    assert declared_length(Headers({}), 10) is None
    assert declared_length(Headers({"content-length": "10"}), 10) == 10
    with pytest.raises(Refusal):
        declared_length(Headers({"content-length": "11"}), 10)
