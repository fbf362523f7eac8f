import torch

from export import adafocus
from export.keep_graphs import StepKeepingPolicy, WholeKeepingPolicy, keeping_specs
from foveate.bundle.vocabulary import Form, Sink, Source
from tests.models.small import SIZES, small_plus

STEPS = 3


def test_only_the_policy_has_more_ports() -> None:
    model = small_plus(0.5)
    before = adafocus.draft(model.base, STEPS, None).specs
    after = keeping_specs(before, model.keep, STEPS)
    same = [(b.network, b.form) for b, a in zip(before, after, strict=True) if a is b]
    assert {network for network, _ in same} == {"glance", "focus", "classifier"}
    whole, step = (
        {spec.form: spec for spec in after if spec.network == "policy"}[form]
        for form in Form
        if form is not Form.GLANCE
    )
    assert whole.exact
    assert step.exact
    assert [o.shape for o in whole.outputs if o.sink is Sink.KEEP] == [(STEPS,)]
    assert [o.shape for o in step.outputs if o.sink is Sink.KEEP] == [()]
    assert {i.of for i in step.inputs if i.source is Source.STATE} == {"policy", "keep"}
    assert {o.of for o in step.outputs if o.sink is Sink.STATE} == {"policy", "keep"}


@torch.no_grad()
def test_both_forms_say_the_same_of_every_frame() -> None:
    model, policy = small_plus(0.5), SIZES.policy
    specs = keeping_specs(adafocus.draft(model.base, STEPS, None).specs, model.keep, STEPS)
    modules = {spec.form: spec.module for spec in specs if spec.network == "policy"}
    whole, step = modules[Form.WHOLE], modules[Form.STEP]
    assert isinstance(whole, WholeKeepingPolicy)
    assert isinstance(step, StepKeepingPolicy)
    shape = (2, STEPS, policy.channels, policy.map_side, policy.map_side)
    maps = 9 * torch.rand(shape, generator=torch.Generator().manual_seed(3))
    rectangles, scores, _, keep = whole(maps)
    torch.testing.assert_close(keep, model.keep(maps)[0])
    state = keep_state = torch.zeros(2, policy.hidden)
    for number in range(STEPS):
        rectangle, state, score, one, keep_state = step(maps[:, number], state, keep_state)
        assert torch.equal(rectangle, rectangles[:, number])
        torch.testing.assert_close(score, scores[:, number])
        torch.testing.assert_close(one, keep[:, number])
