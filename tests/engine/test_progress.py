from collections import Counter

import pytest

from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Options, Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.progress import Progress
from foveate.engine.units import Outcome, Unit
from tests.engine import systems


def progress(name: str, options: Options, look_ahead: int = 1, leave_at: int | None = None) -> Progress:
    plan = BundlePlan.of(systems.ALL[name]())
    return Progress(0, plan, options, look_ahead, lambda answer: answer == leave_at)


def run(video: Progress, keep: tuple[bool, ...] | None = None) -> list[Unit]:
    """Run one unit at a time, oldest first; the units in the order they ran."""
    waiting, ran = video.ready(), []
    while waiting and not video.finished:
        unit = waiting.pop(0)
        ran.append(unit)
        video.done(unit, Outcome(keep) if unit.stage is Stage.POLICY else Outcome())
        waiting += video.ready()
    return ran


def counts(units: list[Unit]) -> dict[Stage, int]:
    return dict(Counter(unit.stage for unit in units))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recurrent", {Stage.GLANCE: 16, Stage.POLICY: 1, Stage.FOCUS: 16, Stage.CLASSIFY: 1}),
        ("v2-exits", {Stage.GLANCE: 16, Stage.POLICY: 16, Stage.FOCUS: 16, Stage.CLASSIFY: 16}),
        ("uni-tsm", {Stage.GLANCE: 1, Stage.POLICY: 1, Stage.FOCUS: 1, Stage.CLASSIFY: 1}),
        ("uni-x3d", {Stage.GLANCE: 3, Stage.POLICY: 3, Stage.FOCUS: 3, Stage.CLASSIFY: 3}),
        ("dense", {Stage.FOCUS: 8, Stage.CLASSIFY: 1}),
        ("glance-then-steps", {Stage.GLANCE: 4, Stage.POLICY: 1, Stage.FOCUS: 6, Stage.CLASSIFY: 1}),
    ],
)
def test_units_of_a_whole_plan(name: str, expected: dict[Stage, int]) -> None:
    video = progress(name, Options())
    units = run(video)
    assert counts(units) == expected
    assert len(set(units)) == len(units)
    assert video.finished
    assert not video.left_early
    assert video.answered == video.plan.answers


@pytest.mark.parametrize("leave_at", [0, 3, 14])
def test_an_exit_after_step_k_pays_k_plus_one_of_everything(leave_at: int) -> None:
    video = progress("v2-exits", Options(thresholds=(0.0,) * 16), leave_at=leave_at)
    k = leave_at + 1
    assert counts(run(video)) == dict.fromkeys(Stage, k)
    assert video.left_early
    assert video.answered == k


def test_look_ahead_bounds_what_an_exit_can_waste() -> None:
    video = progress("v2-exits", Options(thresholds=(0.0,) * 16), look_ahead=3, leave_at=4)
    given = Counter(unit.stage for unit in run(video))
    assert given[Stage.CLASSIFY] == 5
    assert given[Stage.FOCUS] <= 5 + 2


def test_widening_lets_one_more_step_run_and_wears_off() -> None:
    video = progress("v2-exits", Options(thresholds=(0.0,) * 16))
    assert [unit.index for unit in video.ready()] == [0]
    assert [unit.index for unit in video.widen()] == [1]
    assert video.ready() == []
    video.done(Unit(0, Stage.GLANCE, Form.WHOLE, 0, 0), Outcome())
    assert [unit.stage for unit in video.ready()] == [Stage.POLICY]


def test_nothing_widens_where_nothing_is_uncertain() -> None:
    video = progress("recurrent", Options(max_answers=3))
    assert [unit.index for unit in video.ready()] == [0, 1, 2]
    assert video.widen() == []


def test_leaving_after_the_glance_spends_no_policy_and_no_focus() -> None:
    for name, views in (("uni-tsm", 1), ("uni-x3d", 3)):
        video = progress(name, Options(thresholds=(0.0, 0.0)), leave_at=0)
        assert counts(run(video)) == {Stage.GLANCE: views, Stage.CLASSIFY: views}
        assert video.answered == 1


def test_staying_after_the_glance_goes_on_to_the_end() -> None:
    video = progress("uni-x3d", Options(thresholds=(0.0, 0.0)))
    assert counts(run(video)) == {Stage.GLANCE: 3, Stage.CLASSIFY: 6, Stage.POLICY: 3, Stage.FOCUS: 3}
    assert video.answered == 2


def test_steps_after_a_glance_answer() -> None:
    video = progress("glance-then-steps", Options(thresholds=(0.0,) * 7), leave_at=2)
    units = run(video)
    assert counts(units) == {Stage.GLANCE: 4, Stage.CLASSIFY: 3, Stage.POLICY: 1, Stage.FOCUS: 2}
    classified = [(unit.form, unit.index) for unit in units if unit.stage is Stage.CLASSIFY]
    assert classified == [(Form.GLANCE, 0), (Form.STEP, 0), (Form.STEP, 1)]


def test_dropped_patches_never_become_units() -> None:
    keep = tuple(step % 3 == 0 for step in range(16))
    video = progress("skipping", Options())
    units = run(video, keep)
    assert [unit.index for unit in units if unit.stage is Stage.FOCUS] == [0, 3, 6, 9, 12, 15]
    assert video.finished
    assert [video.looked_at(0, step) for step in range(16)] == list(keep)


def test_dropped_patches_cost_nothing() -> None:
    keep = tuple(step % 3 == 0 for step in range(16))
    video = progress("skipping", Options())
    assert video.nominal(15) == 16 * 1130
    run(video, keep)
    assert [video.nominal(answer) for answer in (0, 1, 2, 3, 15)] == [
        1130,
        2 * 1130 - 800,
        3 * 1130 - 1600,
        4 * 1130 - 1600,
        16 * 1130 - 10 * 800,
    ]


def test_dropping_every_patch_still_answers() -> None:
    for options in (Options(), Options(max_answers=2)):
        video = progress("skipping", options)
        keep = (False,) * 16 if options.max_answers is None else (False,)
        assert Stage.FOCUS not in counts(run(video, keep))
        assert video.finished


def test_a_budget_glances_only_at_what_it_needs() -> None:
    video = progress("recurrent", Options(max_answers=4))
    assert counts(run(video)) == dict.fromkeys(Stage, 4)
    assert not video.left_early


def test_a_finished_video_gives_nothing_out() -> None:
    video = progress("uni-tsm", Options(max_answers=1))
    run(video)
    assert video.finished
    assert video.ready() == []
    assert video.widen() == []
