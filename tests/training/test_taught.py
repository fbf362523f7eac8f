import pytest
from pydantic import ValidationError

from training.taught import FocusStage, GlanceStage, PlacesStage

STAGE = {"epochs": 1, "rate": 0.1}


def test_nothing_is_told_where_nothing_is_asked() -> None:
    assert GlanceStage.model_validate({"kind": "glance", **STAGE}).place == 0
    assert FocusStage.model_validate({"kind": "focus", **STAGE}).around == 0
    assert PlacesStage.model_validate({"kind": "places", **STAGE}).of == "figure"


def test_a_place_of_nothing_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="'figure' or 'change'"):
        PlacesStage.model_validate({"kind": "places", "of": "sound", **STAGE})
