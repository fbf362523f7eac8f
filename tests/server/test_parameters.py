import pytest

from server.errors import Problems, Refusal
from server.parameters import FrameParameters, Parameters, openapi_parameters, parse


def test_text_becomes_values() -> None:
    pairs = [("top_k", "3"), ("explain", "true"), ("max_gflops", "1.5"), ("steps", "all")]
    assert parse(Parameters, pairs) == Parameters(top_k=3, explain=True, max_gflops=1.5, steps="all")
    assert parse(FrameParameters, [("preprocessed", "1")]).preprocessed


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Refusal, match="There are: model, top_k") as caught:
        parse(Parameters, [("top_k", "x"), ("explain", "x"), ("shape", "1")])
    assert caught.value.kind is Problems.BAD_PARAMETER
    assert {detail.parameter for detail in caught.value.details} == {"top_k", "explain", "shape"}


def test_nothing_is_given_twice() -> None:
    with pytest.raises(Refusal, match="given twice"):
        parse(Parameters, [("top_k", "1"), ("top_k", "1")])


def test_the_description_has_defaults_and_bounds_and_no_nulls() -> None:
    described = {parameter["name"]: parameter["schema"] for parameter in openapi_parameters(Parameters)}
    assert described["top_k"] == {"default": 5, "maximum": 1000, "minimum": 1, "type": "integer"}
    assert described["model"] == {"type": "string"}
    assert "null" not in str(described)
