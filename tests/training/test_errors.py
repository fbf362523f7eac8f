from foveate.errors import FoveateError
from training.errors import DataError, TrainingError


def test_both_are_said_in_one_line_by_the_command() -> None:
    assert issubclass(DataError, FoveateError)
    assert issubclass(TrainingError, FoveateError)
