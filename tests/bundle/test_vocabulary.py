import enum

import pytest
from pydantic import ValidationError

from foveate.bundle import vocabulary
from foveate.bundle.manifest import Manifest
from tests.engine.systems import dense


def test_terms_are_small_words() -> None:
    kinds = [
        v
        for v in vars(vocabulary).values()
        if isinstance(v, type) and issubclass(v, enum.Enum) and v is not enum.StrEnum
    ]
    assert len(kinds) >= 12
    for kind in kinds:
        for term in kind:
            assert str(term).replace("-", "").isalnum()
            assert str(term) == str(term).lower()


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ("sampling", "rule"),
        ("preprocessing", "resize"),
        ("preprocessing", "crop_rounding"),
        ("plan", "order"),
    ],
)
def test_a_term_outside_is_refused(part: str, key: str) -> None:
    data = dense().model_dump(mode="json")
    data[part][key] = "somehow"
    with pytest.raises(ValidationError, match="Input should be"):
        Manifest.model_validate(data)
