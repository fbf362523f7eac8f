import pytest

from export.graphs import GraphSpec
from export.uni_specs import FOCUS_MAXIMUM, GLANCE_MAXIMUM
from foveate.bundle.vocabulary import ElementType, Form, Sink, Source
from tests.export.drafts import full_size, small_drafts


def specs(system: str) -> dict[tuple[str, Form], GraphSpec]:
    return {(spec.network, spec.form): spec for spec in small_drafts()[system].specs}


@pytest.mark.parametrize("system", ["uni", "uni tsm", "uni x3d"])
def test_only_the_policies_are_exact_and_number_frames(system: str) -> None:
    found = specs(system)
    assert [key for key, spec in found.items() if spec.exact] == [("policy", Form.WHOLE)]
    frames, rectangles = found["policy", Form.WHOLE].outputs[:2]
    assert (frames.sink, frames.dtype) == (Sink.FRAMES, ElementType.INT64)
    assert rectangles.shape == ((4, 4) if system == "uni" else (4,))


def test_steps_take_up_what_the_glance_leaves() -> None:
    found = specs("uni")
    early, step = found["classifier", Form.GLANCE], found["classifier", Form.STEP]
    given = {output.of for spec in (early, step) for output in spec.outputs if output.sink is Sink.STATE}
    read = {port.of for port in step.inputs if port.source is Source.STATE}
    assert given == read == {GLANCE_MAXIMUM, FOCUS_MAXIMUM}
    assert all(port.source is not Source.FOCUS for port in early.inputs)


def test_answers_that_stand_alone_hold_one_layer() -> None:
    forms = {spec.form: spec.module for spec in full_size("uni", 128).specs if spec.network == "classifier"}
    layers = {form: dict(m.named_parameters()) for form, m in forms.items()}
    name = "answer.classifier.focus_layers.weight"
    assert layers[Form.STEP][name].shape == (16, 200, 8192)
    assert layers[Form.WHOLE][name].shape == layers[Form.GLANCE][name].shape == (1, 200, 8192)


def test_the_ports_are_of_whole_videos() -> None:
    shapes = {
        (spec.network, spec.form.value): ([i.shape for i in spec.inputs], [o.shape for o in spec.outputs])
        for spec in small_drafts()["uni x3d"].specs
    }
    assert shapes == {
        ("glance", "whole"): ([(4, 3, 64, 64)], [(4, 16, 2, 2), (5,), (5,)]),
        ("policy", "whole"): ([(4, 16, 2, 2)], [(3,), (4,), (4,), (4,), (3,)]),
        ("focus", "whole"): ([(3, 3, 32, 32)], [(5,)]),
        ("classifier", "glance"): ([(5,)], [(5,)]),
        ("classifier", "whole"): ([(5,), (5,)], [(5,)]),
    }
