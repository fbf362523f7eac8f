import pytest
from pydantic import ValidationError

from foveate.bundle.manifest import Manifest, Sampling
from foveate.bundle.vocabulary import SamplingRule
from tests.engine.systems import ALL


@pytest.mark.parametrize("name", ALL)
def test_json_there_and_back(name: str) -> None:
    manifest = ALL[name]()
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_the_pool_is_all_lists() -> None:
    assert Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=(8, 24)).pool == 32


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Bad Name"),
        ("labels", "../etc/passwd"),
        ("files", {"a/b": "0" * 64}),
        ("files", {"a": "xyz"}),
        ("x", 1),
    ],
)
def test_names_and_keys_outside_the_form_are_refused(field: str, value: object) -> None:
    data = ALL["dense"]().model_dump(mode="json") | {field: value}
    with pytest.raises(ValidationError):
        Manifest.model_validate(data)


def test_a_manifest_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ALL["dense"]().name = "other"  # type: ignore[misc]
