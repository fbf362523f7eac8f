import pytest
from pydantic import ValidationError

from server import schemas


def test_answers_are_closed_and_frozen() -> None:
    prediction = schemas.Prediction(label="a", index=0, score=0.5)
    with pytest.raises(ValidationError):
        schemas.Prediction.model_validate({**prediction.model_dump(), "more": 1})
    with pytest.raises(ValidationError):
        prediction.score = 1.0  # type: ignore[misc]


def test_compute_says_its_unit() -> None:
    description = schemas.Compute.model_json_schema()
    assert description["properties"]["unit"]["const"] == "multiply-adds"
    assert "multiply-adds" in description["description"]
