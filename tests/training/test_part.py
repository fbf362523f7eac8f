import pytest
from pydantic import ValidationError

from training.part import Part, Stage


class Thing(Part):
    size: int = 1


def test_a_part_is_frozen_and_closed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Thing().size = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Thing.model_validate({"sise": 2})


def test_a_stage_needs_a_rate() -> None:
    assert Stage(epochs=0, rate=0.1).clip is None
    with pytest.raises(ValidationError, match="rate"):
        Stage.model_validate({"epochs": 1})
