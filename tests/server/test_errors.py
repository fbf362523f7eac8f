import pytest

from foveate import errors
from server.errors import Problems, Refusal, refusal_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnsupportedMediaError("m"), 415),
        (errors.UndecodableVideoError("m"), 422),
        (errors.VideoLimitError("m"), 422),
        (errors.InputError("m"), 422),
        (errors.OverloadedError("m", 1), 429),
        (errors.DeadlineError("m"), 504),
        (errors.UnavailableError("m"), 503),
        (errors.CancelledError("m"), 503),
        (Refusal(Problems.NO_SPACE, "m"), 507),
    ],
)
def test_what_is_meant_for_people_is_told(error: Exception, status: int) -> None:
    refusal = refusal_of(error)
    assert (refusal.kind.value.status, str(refusal)) == (status, "m")


@pytest.mark.parametrize(
    "error", [errors.ExecutionError("inside"), errors.EngineError("inside"), KeyError("inside")]
)
def test_what_is_not_stays_inside(error: Exception) -> None:
    refusal = refusal_of(error)
    assert refusal.kind is Problems.INTERNAL
    assert "inside" not in str(refusal)


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "1"), (0.2, "1"), (3.1, "4")])
def test_retry_after_is_whole_seconds_and_at_least_one(seconds: float, told: str) -> None:
    assert refusal_of(errors.OverloadedError("m", seconds)).headers == {"Retry-After": told}


@pytest.mark.parametrize("error", [errors.UnavailableError("m"), errors.CancelledError("m")])
def test_a_server_that_is_not_ready_says_when_to_come_again(error: errors.EngineError) -> None:
    assert refusal_of(error).headers == {"Retry-After": "5"}


def test_kinds_have_distinct_slugs() -> None:
    slugs = [problem.value.slug for problem in Problems]
    assert len(set(slugs)) == len(slugs)
