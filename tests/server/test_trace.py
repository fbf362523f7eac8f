import pytest
from starlette.datastructures import Headers

from server.trace import trace_id_of

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def found(*given: str) -> str | None:
    return trace_id_of(Headers(raw=[(b"traceparent", value.encode()) for value in given]))


@pytest.mark.parametrize(
    "given",
    [f"00-{TRACE}-{PARENT}-01", f" 00-{TRACE}-{PARENT}-00 ", f"cc-{TRACE}-{PARENT}-01-what-comes-later"],
)
def test_a_trace_is_found(given: str) -> None:
    assert found(given) == TRACE


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("",),
        (f"00-{TRACE.upper()}-{PARENT}-01",),
        (f"00-{TRACE[:-1]}-{PARENT}-01",),
        (f"00-{'0' * 32}-{PARENT}-01",),
        (f"00-{TRACE}-{'0' * 16}-01",),
        (f"ff-{TRACE}-{PARENT}-01",),
        (f"00-{TRACE}-{PARENT}-01-more",),
        (f"00-{TRACE}-{PARENT}-01 forged=yes",),
        (f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01"),
    ],
)
def test_what_is_no_valid_header_is_none(given: tuple[str, ...]) -> None:
    assert found(*given) is None
