import pickle

from foveate.engine.messages import Cancel, Failure, Options, Submit
from foveate.errors import DeadlineError, OverloadedError


def test_messages_could_cross_to_another_process() -> None:
    for message in (Submit("a", "b", ((1, 2),), Options(max_answers=3), 1.5), Cancel("a")):
        assert pickle.loads(pickle.dumps(message)) == message
    failure = pickle.loads(pickle.dumps(Failure("a", DeadlineError("too late"))))
    assert (type(failure.error), str(failure.error)) == (DeadlineError, "too late")


def test_an_overload_keeps_its_waiting_time() -> None:
    error = OverloadedError("full", 2.5)
    assert (str(error), error.retry_after_s) == ("full", 2.5)
