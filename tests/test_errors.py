import inspect
import pickle

import pytest

from foveate import errors

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_meant_for_people_and_says_when(kind: type[errors.FoveateError]) -> None:
    assert issubclass(kind, errors.FoveateError)
    assert kind.__doc__


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not errors.OverloadedError])
def test_an_error_crosses_processes_with_its_message(kind: type[errors.FoveateError]) -> None:
    error = pickle.loads(pickle.dumps(kind("one clear sentence")))
    assert (type(error), str(error)) == (kind, "one clear sentence")


def test_what_a_client_sent_is_told_apart_from_what_became_of_it() -> None:
    assert not issubclass(errors.InputError, errors.EngineError)
    assert issubclass(errors.UndecodableVideoError, errors.InputError)
    assert issubclass(errors.DeadlineError, errors.EngineError)
