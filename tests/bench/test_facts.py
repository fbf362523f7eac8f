import pytest

from foveate.bench.facts import ServedModel, ServedModels
from tests.bench.made import model


def test_what_a_later_server_adds_is_of_no_concern() -> None:
    told = model().model_dump() | {"new": 1}
    assert ServedModel.model_validate(told) == model()


@pytest.mark.parametrize(("asked", "found"), [(None, "b"), ("a", "a"), ("b", "b"), ("c", None)])
def test_which_model_answers(asked: str | None, found: str | None) -> None:
    told = {"models": [{"name": "a", "default": False}, {"name": "b", "default": True}]}
    assert ServedModels.model_validate(told).pick(asked) == found
