from typing import Any

import h11
import pytest

from server.framing import MOST_HEAD_BYTES, Framing

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
CHUNKED = GET + b"Transfer-Encoding: chunked\r\n\r\n"


def turn(framing: Framing) -> list[Any]:
    """The events of one turn."""
    framing.rest()
    events = []
    while (event := framing.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        events.append(event)
    return events


def read(data: bytes) -> list[Any]:
    framing = Framing()
    framing.receive_data(data)
    return turn(framing)


def test_a_body_of_tiny_chunks_is_given_over_many_turns() -> None:
    framing = Framing()
    framing.receive_data(CHUNKED + b"1\r\na\r\n" * 1000 + b"0\r\n\r\n")
    turns: list[list[Any]] = []
    while not turns or framing.tired:
        turns.append(turn(framing))
    assert len(turns) > 10
    assert max(map(len, turns)) < 100
    events = [event for events in turns for event in events]
    assert sum(isinstance(event, h11.Data) for event in events) == 1000
    assert isinstance(events[-1], h11.EndOfMessage)


def test_a_request_is_never_parted_from_its_end() -> None:
    framing = Framing()
    for _ in range(200):
        framing.receive_data(GET + b"\r\n")
        framing.rest()
        framing._left = 1
        assert isinstance(framing.next_event(), h11.Request)
        assert isinstance(framing.next_event(), h11.EndOfMessage)
        framing.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
        framing.send(h11.EndOfMessage())
        framing.start_next_cycle()


@pytest.mark.parametrize("data", [b"\r\n" + GET + b"\r\n", GET + b"\r\n"])
def test_an_empty_line_before_a_request_is_passed_over(data: bytes) -> None:
    assert [type(event) for event in read(data)] == [h11.Request, h11.EndOfMessage]


def test_an_empty_line_alone_is_no_end_of_the_connection() -> None:
    framing = Framing()
    framing.receive_data(b"\r\n")
    framing.receive_data(GET + b"\r\n")
    assert len(turn(framing)) == 2


def test_an_empty_line_within_a_body_is_the_bodys() -> None:
    framing = Framing()
    framing.receive_data(GET + b"Content-Length: 2\r\n\r\n")
    turn(framing)
    framing.receive_data(b"\r\n")
    assert [bytes(event.data) for event in turn(framing) if isinstance(event, h11.Data)] == [b"\r\n"]


def test_a_body_with_two_lengths_is_refused() -> None:
    with pytest.raises(h11.RemoteProtocolError, match="both"):
        read(CHUNKED.replace(b"Host", b"Content-Length: 5\r\nHost") + b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (b"http://a/livez?x=1", b"/livez?x=1"),
        (b"HTTPS://a:1/livez", b"/livez"),
        (b"http://a", b"/"),
        (b"http://a?x=1", b"/?x=1"),
        (b"/http://a/b", b"/http://a/b"),
        (b"*", b"*"),
    ],
)
def test_a_target_in_the_form_for_proxies_is_a_path(given: bytes, taken: bytes) -> None:
    request = read(GET.replace(b"/livez", given) + b"\r\n")[0]
    assert (request.target, request.method, request.http_version) == (taken, b"GET", b"1.1")
    assert list(request.headers) == [(b"host", b"a")]


@pytest.mark.parametrize("lines", [499, 501])
def test_a_head_of_many_lines_is_refused_though_it_is_short(lines: int) -> None:
    head = b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X:\r\n" * (lines - 3) + b"\r\n"
    if lines < 500:
        assert len(read(head)) == 2
    else:
        with pytest.raises(h11.RemoteProtocolError, match="too much of a head"):
            read(head)


def test_a_large_head_that_comes_in_one_piece_is_refused_too() -> None:
    with pytest.raises(h11.RemoteProtocolError, match="too much of a head"):
        read(GET + b"X: " + b"a" * MOST_HEAD_BYTES + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("data", "too_large"),
    [
        (GET + b"X: " + b"a" * MOST_HEAD_BYTES, True),
        (CHUNKED + b"1\r\na\r\n0\r\nX: " + b"a" * MOST_HEAD_BYTES, True),
        (CHUNKED + b"1;" + b"a" * MOST_HEAD_BYTES, True),
        (b"EHLO example\r\n\r\n", False),
        (GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", False),
    ],
)
def test_why_it_was_refused_is_known(data: bytes, too_large: bool) -> None:
    framing = Framing()
    framing.receive_data(data)
    with pytest.raises(h11.RemoteProtocolError):
        turn(framing)
    assert framing.too_large == too_large
