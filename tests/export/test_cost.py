import pytest

from export.cost import each_step, each_step_after_plan, glance_answer_first, one_answer, units
from export.count_module import module_multiply_adds
from export.draft import Draft
from foveate.bundle.manifest import Graph, Network, Networks
from foveate.bundle.vocabulary import UnitKind
from tests.export.drafts import full_size, small_drafts

COUNTED = {
    ("adafocus", 96): 17.18,
    ("adafocus", 128): 26.52,
    ("adafocus", 160): 38.53,
    ("adafocus", 192): 53.21,
    ("tsm", 144): 23.53,
    ("tsm", 160): 27.47,
    ("tsm", 176): 33.72,
    ("v2", 96): 17.61,
    ("v2", 128): 26.96,
    ("v2", 160): 38.97,
    ("v2", 192): 53.65,
    ("v2 res50", 96): 24.76,
    ("v2 res50", 128): 34.10,
    ("v2 res50", 160): 46.11,
    ("v2 tsm", 128): 18.46,
    ("v2 tsm", 144): 23.53,
    ("v2 tsm", 160): 27.47,
    ("v2 tsm", 176): 33.72,
    ("ocsampler", 4): 17.36,
    ("ocsampler", 5): 21.46,
    ("ocsampler", 6): 25.55,
    ("dense tsm plus", 8): 35.1,
    ("uni", 96): 17.887,
    ("uni", 128): 27.229,
    ("uni", 160): 39.240,
    ("uni tsm 8", 96): 8.824,
    ("uni tsm 12", 96): 11.829,
    ("uni tsm 12", 128): 18.836,
    ("uni tsm 16", 128): 24.177,
    ("uni x3d 32", 128): 8.778,
}
"""G multiply-adds of a video, counted on the published modules."""


def networks(draft: Draft) -> Networks:
    """The draft's networks with the costs that their modules have."""
    found: dict[str, Network] = {}
    for name in ("glance", "policy", "focus", "classifier"):
        forms = {
            spec.form: Graph(
                file=spec.file,
                inputs=spec.inputs,
                outputs=spec.outputs,
                multiply_adds=module_multiply_adds(spec),
            )
            for spec in draft.specs
            if spec.network == name
        }
        if forms:
            found[name] = Network(unit=draft.unit.get(name, UnitKind.FRAME), forms=forms)
    return Networks.model_validate(found)


@pytest.mark.parametrize(("system", "patch"), COUNTED)
def test_a_video_costs_what_the_published_modules_do(system: str, patch: int) -> None:
    draft = full_size(system, patch)
    nominal = draft.nominal(draft.plan, networks(draft))
    assert nominal[-1] / 1e9 == pytest.approx(COUNTED[system, patch], rel=0.005)
    assert draft.published is not None
    assert nominal[-1] == pytest.approx(draft.published, rel=0.02)


def test_a_step_costs_the_same_every_time() -> None:
    draft = small_drafts()["v2"]
    costs = each_step(draft.plan, networks(draft))
    assert costs == tuple(costs[0] * (k + 1) for k in range(4))


def test_one_answer_counts_every_unit_once() -> None:
    draft = small_drafts()["tsm"]
    parts = networks(draft)
    assert one_answer(draft.plan, parts) == (sum(module_multiply_adds(spec) for spec in draft.specs),)
    assert units(parts.glance, 4) == 1
    assert units(networks(small_drafts()["v2"]).glance, 4) == 4
    assert units(None, 4) == 0


def test_the_answer_after_the_glance_costs_no_policy() -> None:
    early, *steps = glance_answer_first((draft := full_size("uni", 128)).plan, networks(draft))
    # The published figures of the first exits, which count every layer of the classifier.
    assert [early / 1e9, *(steps[k - 1] / 1e9 for k in (1, 2, 8))] == pytest.approx(
        [4.889, 7.060, 8.405, 16.473], rel=0.005
    )
    early, everything = glance_answer_first((draft := full_size("uni tsm 12", 128)).plan, networks(draft))
    assert early / 1e9 == pytest.approx(2.400, rel=0.005)
    assert everything > early


def test_steps_after_a_plan_cost_the_plan_once() -> None:
    draft = small_drafts()["ocsampler"]
    parts = networks(draft)
    first, second, third = each_step_after_plan(draft.plan, parts)
    costs = {spec.file: module_multiply_adds(spec) for spec in draft.specs}
    step = costs["focus.onnx"] + costs["classifier_step.onnx"]
    assert (second - first, third - second) == (step, step)
    assert first == costs["glance.onnx"] + costs["policy.onnx"] + step
