import pytest

from foveate.errors import OverloadedError
from server.admission import Admission


def test_requests_and_bytes_are_counted_and_bounded() -> None:
    admission = Admission(2, 100, lambda: 7.5)
    first, second = admission.enter(), admission.enter()
    assert admission.pressure == 1
    with pytest.raises(OverloadedError) as caught:
        admission.enter()
    assert caught.value.retry_after_s == 7.5
    first.reserve(60)
    first.reserve(50)  # covered by what it has
    assert admission.bytes == 60
    with pytest.raises(OverloadedError):
        second.reserve(41)
    second.reserve(40)
    first.release()
    first.release()
    assert (admission.requests, admission.bytes) == (1, 40)
    second.release()
    assert (admission.requests, admission.bytes, admission.pressure) == (0, 0, 0)
