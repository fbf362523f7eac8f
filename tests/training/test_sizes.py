import pytest
from pydantic import TypeAdapter, ValidationError

from tests.training.end_to_end.tiny import TINY
from tests.training.forms.nets import FORMS
from tests.training.ocsampler.tiny import SIZES as SAMPLER
from training.sizes import AnySizes, Sizes, UniTsmSizes

READ: TypeAdapter[AnySizes] = TypeAdapter(AnySizes)


@pytest.mark.parametrize("sizes", [*(TINY | FORMS).values(), SAMPLER], ids=[*(TINY | FORMS), "ocsampler"])
def test_each_system_is_known_by_its_name(sizes: AnySizes) -> None:
    read = READ.validate_python(sizes.model_dump())
    assert type(read) is type(sizes)
    assert read == sizes


def test_without_a_name_it_is_the_first() -> None:
    assert isinstance(READ.validate_python({"frames": 5}), Sizes)


def test_a_size_of_another_system_is_refused() -> None:
    with pytest.raises(ValidationError, match="embedding"):
        READ.validate_python({"system": "uni-adafocus-tsm", "embedding": 8})
    with pytest.raises(ValidationError, match="expected tags"):
        READ.validate_python({"system": "adafocus-v3"})


def test_the_smallest_rectangle_is_96_of_224() -> None:
    assert UniTsmSizes(system="uni-adafocus-tsm").smallest == 96
