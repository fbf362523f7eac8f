from export.video_specs import two_lists, two_lists_plan
from foveate.bundle.vocabulary import Order, SamplingRule
from tests.export.drafts import small_drafts


def test_two_lists_one_after_the_other() -> None:
    rules, plan = two_lists(8, 12), two_lists_plan(8, 12)
    assert (rules.rule, rules.counts) == (SamplingRule.CENTRES_REPEAT_FIRST, (8, 12))
    assert plan.order is Order.GLANCE_FIRST
    assert plan.glance == tuple(range(8))
    assert plan.candidates == tuple(range(8, 20))
    assert plan.frames == tuple(range(12))
    assert plan.steps == 12


def test_the_ports_are_of_whole_videos() -> None:
    shapes = {
        spec.network: ([i.shape for i in spec.inputs], [o.shape for o in spec.outputs])
        for spec in small_drafts()["tsm"].specs
    }
    assert shapes == {
        "glance": ([(4, 3, 64, 64)], [(4, 16, 2, 2), (5,)]),
        "policy": ([(4, 16, 2, 2)], [(4,), (2,), (6,)]),
        "focus": ([(6, 3, 48, 48)], [(5,)]),
        "classifier": ([(5,), (5,)], [(5,)]),
    }
