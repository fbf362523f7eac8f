import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import Refusal
from server.multipart import boundary_of, read_form

BOUNDARY = b"edge"


def part(name: str, value: bytes, extra: str = "") -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + value + b"\r\n"


END = b"--edge--\r\n"


def read(body: bytes, size: int = 1 << 20) -> tuple[bytes, list[tuple[str, str]]]:
    written = bytearray()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def write(data: bytes) -> None:
        written.extend(data)

    fields = asyncio.run(read_form(chunks(), BOUNDARY, write))
    return bytes(written), fields


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=300), size=st.integers(1, 50))
def test_a_file_arrives_however_it_is_cut(data: bytes, size: int) -> None:
    body = part("top_k", b"3") + part("file", data, '; filename="a.mp4"') + part("model", b"m") + END
    assert read(body, size) == (data, [("top_k", "3"), ("model", "m")])


def test_bytes_that_look_like_a_boundary_stay_in_the_file() -> None:
    data = b"--edge\r\n--edg\r\n\r\n--ed"
    data = data.replace(b"--edge", b"--edgy")
    assert read(part("file", data) + END, 3)[0] == data


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (part("file", b"x"), "ends before its last boundary"),
        (part("other", b"x") + END, "no part named 'file'"),
        (part("file", b"x") * 2 + END, "more than one part"),
        (part("file", b"x") + part("a", b"y" * 1025) + END, "longer than 1024"),
        (part("a", b"y") * 33 + END, "more than 32"),
        (b"something else", "not well-formed"),
        (b"--edge\r\nBad Header\r\n\r\nx\r\n" + END, "not well-formed"),
    ],
)
def test_what_is_malformed_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        read(body)


def test_the_boundary_is_read_from_the_content_type() -> None:
    assert boundary_of('multipart/form-data; boundary="a b"') == b"a b"
    with pytest.raises(Refusal):
        boundary_of("multipart/form-data")
    with pytest.raises(Refusal, match="too long"):
        read_with(b"x" * 1000)


def read_with(boundary: bytes) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        empty: tuple[bytes, ...] = ()
        for item in empty:
            yield item

    async def write(data: bytes) -> None:
        raise AssertionError

    asyncio.run(read_form(nothing(), boundary, write))
