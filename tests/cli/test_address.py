import argparse

import pytest

from foveate.cli.address import add_header_flag, read_address, without_secrets
from foveate.errors import ConfigError


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_header_flag(parser)
    return parser.parse_args(arguments)


def test_a_server_and_its_headers() -> None:
    args = parsed("--header", "Authorization: Bearer a=b:c", "--header", "X-Key:1")
    address = read_address("https://host:8000/under/", args.header)
    assert address.url == "https://host:8000/under"
    assert address.headers == {"Authorization": "Bearer a=b:c", "X-Key": "1"}
    assert "Bearer" not in repr(address)


def test_who_asks_may_stand_in_the_url() -> None:
    address = read_address("http://us%40er:s3%3Acret@[::1]:8000", [("X-Key", "1")])
    assert address.url == "http://[::1]:8000"
    # us@er:s3:cret
    assert address.headers == {"Authorization": "Basic dXNAZXI6czM6Y3JldA==", "X-Key": "1"}


@pytest.mark.parametrize(
    ("url", "pairs", "message"),
    [
        ("u:s3cret@host:8000", [], "'host:8000' is no URL of the form http://HOST:PORT"),
        ("ftp://host", [], "is no URL of the form"),
        ("http://u:s3cret@[::1", [], "is no URL"),
        ("http://host", [("X-Key", "s3cret"), ("x-key", "2")], "the header x-key is given twice"),
        ("http://u:s3cret@host", [("authorization", "s3cret")], "the header authorization is given twice"),
    ],
)
def test_what_is_no_address_is_refused_without_its_secret(
    url: str, pairs: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        read_address(url, pairs)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "text", ["s3cret", ": s3cret", "a b: s3cret", "X-Key:", "X-Key: s3\r\ncret", "X: \u00e9"]
)
def test_what_is_no_header_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--header", text)
    error = capsys.readouterr().err
    assert "a header of the form 'NAME: VALUE' is wanted" in error
    assert "s3" not in error


def test_a_command_line_is_shown_without_secrets() -> None:
    url = "http://u:s3cret@host/"
    typed = ["bench", url, "--header", "X-Key:  s3cret", "--head=X-Other: s3=cret", "--param", "a=b", "c: d"]
    pairs = [("X-Key", "s3cret"), ("X-Other", "s3=cret")]
    assert list(without_secrets(typed, url, pairs)) == [
        *("bench", "http://host", "--header", "X-Key: ***", "--head=X-Other: ***", "--param", "a=b", "c: d")
    ]
