from export.graphs import GraphSpec
from export.precision import in_precision
from foveate.bundle.vocabulary import Form, Sink, Source
from tests.export.drafts import small_drafts


def specs(system: str) -> dict[tuple[str, Form], GraphSpec]:
    return {(spec.network, spec.form): spec for spec in small_drafts()[system].specs}


def test_only_the_policy_is_exact() -> None:
    assert {key for key, spec in specs("v2").items() if spec.exact} == {
        ("policy", Form.WHOLE),
        ("policy", Form.STEP),
    }


def test_declaring_and_rounding_leave_the_network_as_it_is() -> None:
    spec = specs("adafocus mean")["classifier", Form.WHOLE]
    before = {name: value.clone() for name, value in spec.module.state_dict().items()}
    in_precision(spec.module, "fp16")
    after = spec.module.state_dict()
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)


def test_a_recurrent_classifier_needs_no_number_of_the_step() -> None:
    for system, counted in (("adafocus", False), ("adafocus mean", True), ("v2", True)):
        ports = specs(system)["classifier", Form.STEP].inputs
        assert any(port.source is Source.STEP for port in ports) is counted, system


def test_states_are_as_long_as_the_networks_say() -> None:
    lengths = {
        (key[0], output.shape)
        for key, spec in specs("v2").items()
        for output in spec.outputs
        if output.sink is Sink.STATE
    }
    assert lengths == {("policy", (10,)), ("classifier", (14,))}


def test_a_small_glance_has_a_small_map() -> None:
    glance = specs("v2 res50")["glance", Form.WHOLE]
    assert glance.inputs[0].shape == (3, 64, 64)
    assert glance.outputs[0].shape == (128, 2, 2)
