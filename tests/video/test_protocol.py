"""Messages between the pool and its workers."""

import pickle
import socket
import threading

import pytest

from foveate.video.geometry import Geometry
from foveate.video.protocol import HEADER, Reply, pack, receive, unpack_reply
from foveate.video.records import Decoded, VideoFacts

FACTS = VideoFacts(
    "mov", "h264", 4, 2, 90, 5, 25.0, 0.2, False, False, False, None, "yuv420p", False, None, 5
)
DECODED = Decoded(
    ((7, 9, 9),), (11,), (0, 1, 1), (0.0, 0.04, 0.04), Geometry(4, 2, 90, 2, 4, 2, ((0, 1),)), FACTS
)


def test_a_reply_survives_the_way() -> None:
    reply = Reply("done", result=DECODED)
    body = pack(reply)
    (size,) = HEADER.unpack(body[: HEADER.size])
    assert size == len(body) - HEADER.size
    assert unpack_reply(body[HEADER.size :]) == reply
    assert DECODED.used == (7, 9)


class Payload:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("never",)


@pytest.mark.parametrize("message", [Payload(), Reply("done", result=Payload()), ValueError("x")])
def test_nothing_but_a_reply_is_read(message: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(pickle.UnpicklingError, match="not expected"):
        unpack_reply(pickle.dumps(message))
    assert capsys.readouterr().out == ""


def test_messages_that_arrive_in_pieces() -> None:
    left, right = socket.socketpair()
    with left, right:
        body = pack(["a"] * 100_000)
        sender = threading.Thread(target=left.sendall, args=(body,))
        sender.start()
        assert receive(right) == ["a"] * 100_000
        sender.join()
        left.close()
        with pytest.raises(EOFError):
            receive(right)


@pytest.mark.parametrize(
    "body", [b"", b"no pickle", b"(i", b"cfoveate.video.protocol\nReply\n)R.", b"\x8c\x02\xff\xff."]
)
def test_whatever_is_wrong_with_a_message_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpack_reply(body)
