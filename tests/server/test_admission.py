import pytest

from foveate.errors import ConfigError, OverloadedError
from server.admission import Admission
from server.multipart import OVERHEAD
from server.settings import Settings


def test_requests_and_bytes_are_counted_and_bounded() -> None:
    admission = Admission(2, 100, 1.0, lambda: 7.5)
    first = admission.enter(60)
    with pytest.raises(OverloadedError, match="bytes"):
        admission.enter(41)
    assert (admission.requests, admission.bytes) == (1, 60)
    second = admission.enter(40)
    assert admission.pressure == 1
    with pytest.raises(OverloadedError, match="2 requests") as caught:
        admission.enter(0)
    assert caught.value.retry_after_s == 7.5
    first.bytes.close()
    assert (admission.requests, admission.bytes) == (2, 40)
    first.release()
    first.release()
    assert (admission.requests, admission.bytes) == (1, 40)
    second.release()
    assert (admission.requests, admission.bytes, admission.pressure) == (0, 0, 0)


def test_an_upload_that_is_allowed_must_have_room() -> None:
    least = 100 + OVERHEAD
    Admission.of(Settings(max_upload_bytes=100, max_bytes_in_flight=least), lambda: 1.0).enter(least)
    with pytest.raises(ConfigError, match=f"--max-bytes-in-flight: {least - 1} are too few; .* {least}"):
        Admission.of(Settings(max_upload_bytes=100, max_bytes_in_flight=least - 1), lambda: 1.0)
