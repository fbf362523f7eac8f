import resource

import pytest

from server.descriptors import provide_descriptors

INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "raised", "warned"),
    [
        ((1024, 4096), 4096, False),
        ((4096, 4096), None, False),
        ((INFINITE, INFINITE), None, False),
        ((1024, INFINITE), None, False),
        ((100, INFINITE), 2 * 64 + 8 * 4 + 100, False),
        ((60, 60), None, True),
        ((60, 200), 200, True),
    ],
)
def test_the_limit_is_raised_as_far_as_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    limits: tuple[int, int],
    raised: int | None,
    warned: bool,
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, new: given.append(new))
    provide_descriptors(requests=64, decoders=4)
    assert given == ([] if raised is None else [(raised, limits[1])])
    assert [record.levelname for record in caplog.records] == ["WARNING"] * warned
    if warned:
        assert f"need about 260 open files, and no more than {limits[1]} may" in caplog.text
