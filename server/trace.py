"""The trace that a request belongs to, after W3C's Trace Context."""

import re

from starlette.datastructures import Headers

_PARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_FIRST_VERSION = "00"


def trace_id_of(headers: Headers) -> str | None:
    """The trace id of the header ``traceparent``, 32 hexadecimal digits; None without a valid one.

    Later versions may add fields at its end, the first has none.
    """
    given = headers.getlist("traceparent")
    match = _PARENT.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None or (match[1] == _FIRST_VERSION and match[3] is not None):
        return None
    return match[2]
