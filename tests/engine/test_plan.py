import pytest

from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Options, Stage
from foveate.engine.plan import BundlePlan
from tests.engine import systems


def plan(name: str) -> BundlePlan:
    return BundlePlan.of(systems.ALL[name]())


@pytest.mark.parametrize(
    ("name", "views", "glances", "glance_frames", "steps", "focuses", "answers"),
    [
        ("recurrent", 1, 16, 1, 16, 16, 16),
        ("v2-exits", 1, 16, 1, 16, 16, 16),
        ("uni-tsm", 1, 1, 8, 12, 1, 2),
        ("uni-x3d", 3, 1, 16, 32, 1, 2),
        ("dense", 1, 0, 0, 8, 8, 1),
        ("glance-then-steps", 1, 4, 1, 6, 6, 7),
    ],
)
def test_counts(
    name: str, views: int, glances: int, glance_frames: int, steps: int, focuses: int, answers: int
) -> None:
    found = plan(name)
    assert (found.views, found.glances, found.glance_frames) == (views, glances, glance_frames)
    assert (found.steps, found.focuses, found.answers) == (steps, focuses, answers)


def test_stages_are_those_that_have_a_network() -> None:
    assert plan("recurrent").stages == tuple(Stage)
    assert plan("dense").stages == (Stage.FOCUS, Stage.CLASSIFY)


def test_whole_sequences_when_everything_is_wanted() -> None:
    course = plan("recurrent").course(Options())
    assert (course.policy, course.classifier, course.steps) == (Form.WHOLE, Form.WHOLE, 16)
    assert not course.uncertain


def test_every_step_needs_no_steps_where_the_whole_form_answers_each() -> None:
    assert plan("recurrent").course(Options(every_step=True)).classifier is Form.WHOLE
    course = plan("glance-then-steps").course(Options(every_step=True))
    assert course.classifier is Form.STEP
    assert course.glance_answer


def test_a_budget_of_answers_goes_step_by_step() -> None:
    course = plan("recurrent").course(Options(max_answers=5))
    assert (course.policy, course.classifier, course.steps, course.answers) == (Form.STEP, Form.STEP, 5, 5)
    assert not course.uncertain


def test_thresholds_make_a_course_uncertain_only_where_it_can_stop() -> None:
    assert plan("v2-exits").course(Options(thresholds=(0.0,) * 16)).uncertain
    assert not plan("dense").course(Options(thresholds=(0.0,))).uncertain


def test_an_answer_after_the_glance_alone_takes_no_steps() -> None:
    course = plan("uni-tsm").course(Options(max_answers=1))
    assert (course.answers, course.steps, course.glance_answer) == (1, 0, True)
    assert not plan("uni-tsm").course(Options()).glance_answer


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("recurrent", list(range(1, 17))),
        ("uni-tsm", [0, 12]),
        ("dense", [8]),
        ("glance-then-steps", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_steps_behind_each_answer(name: str, steps: list[int]) -> None:
    found = plan(name)
    assert [found.steps_behind(answer) for answer in range(found.answers)] == steps


def test_what_can_stop() -> None:
    assert [name for name in systems.ALL if not plan(name).can_stop] == ["dense"]


def test_costs_and_frames_of_a_unit() -> None:
    found = plan("uni-tsm")
    assert found.cost(Stage.GLANCE, Form.WHOLE) == 2400
    assert (found.frames_in(Stage.GLANCE), found.frames_in(Stage.FOCUS)) == (8, 12)
    assert found.frames_in(Stage.POLICY) == 1
    assert plan("dense").cost(Stage.GLANCE, Form.WHOLE) == 0
