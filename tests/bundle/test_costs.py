from foveate.bundle.costs import droppable, steps_behind
from tests.engine.systems import ALL, glance_then_steps, recurrent, skipping, uni_tsm


def test_steps_behind_each_answer() -> None:
    seen = {
        name: [steps_behind(make(), k) for k in range(len(make().cost.nominal))] for name, make in ALL.items()
    }
    assert seen["recurrent"] == seen["skipping"] == list(range(1, 17))
    assert seen["uni-tsm"] == [0, uni_tsm().plan.steps]
    assert seen["glance-then-steps"] == list(range(glance_then_steps().plan.steps + 1))
    assert seen["dense"] == [8]


def test_what_dropping_every_patch_takes_off() -> None:
    focus = skipping().networks.focus
    assert focus is not None
    each = next(iter(focus.forms.values())).multiply_adds
    assert droppable(skipping(4)) == (each, 2 * each, 3 * each, 4 * each)
    assert droppable(recurrent(steps=4)) == (0, 0, 0, 0)
