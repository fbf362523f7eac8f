from ipaddress import ip_network

import pytest

from server.clients import Clients

CLIENTS = Clients([ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


def client(peer: str, *lines: str) -> str:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in lines]
    return CLIENTS.of({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "lines", "named"),
    [
        ("127.0.0.1", (), "127.0.0.1"),
        ("10.1.2.3", ("192.0.2.1",), "192.0.2.1"),
        ("10.1.2.3", ("192.0.2.1:5000",), "192.0.2.1"),
        ("10.1.2.3", ("[2001:db8::1]:5000",), "2001:db8::1"),
        ("fd00::2", ("2001:DB8:0::1",), "2001:db8::1"),
        ("::ffff:10.1.2.3", ("192.0.2.1",), "192.0.2.1"),
        # What clients wrote themselves is not reached.
        ("10.1.2.3", ("198.51.100.7, 192.0.2.1, 10.0.0.5",), "192.0.2.1"),
        ("10.1.2.3", ("198.51.100.7", "192.0.2.1", "10.0.0.5"), "192.0.2.1"),
        ("10.1.2.3", ("10.0.0.9, 10.0.0.5",), "10.0.0.9"),
        ("192.0.2.9", ("192.0.2.1",), "192.0.2.9"),
    ],
)
def test_those_who_wrote_are_believed_while_they_are_trusted(
    peer: str, lines: tuple[str, ...], named: str
) -> None:
    assert client(peer, *lines) == named


@pytest.mark.parametrize(
    "line",
    [
        "",
        ",",
        "unknown",
        "evil client=1 request_id=fake",
        '192.0.2.1"',
        "192.0.2.1\x85level=ERROR",
        "fe80::1%evil client=1",
        "192.0.2.1, evil",
        "[192.0.2.1] client=1",
    ],
)
def test_nothing_but_an_address_is_taken(line: str) -> None:
    assert client("10.1.2.3", line) == "10.1.2.3"


def test_without_a_peer_nobody_is_named() -> None:
    assert CLIENTS.of({"type": "http", "client": None, "headers": [(b"x-forwarded-for", b"10.0.0.1")]}) == "-"
