from foveate.bundle.vocabulary import Form
from foveate.engine.answer import make_answer
from foveate.engine.ledger import Entry
from foveate.engine.messages import ExitReason, Options, Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.progress import Progress
from foveate.engine.store import VideoStore
from foveate.engine.units import Outcome
from tests.engine import systems


def finished(
    options: Options, leave_at: int | None = None, name: str = "v2-exits", keep: tuple[bool, ...] = ()
) -> tuple[Entry, VideoStore]:
    plan = BundlePlan.of(systems.ALL[name]())
    progress = Progress(0, plan, options, 1, lambda answer: answer == leave_at)
    while units := progress.ready():
        for unit in units:
            first = slice(unit.index, unit.index + 1) if unit.form is Form.STEP else slice(None)
            progress.done(unit, Outcome(keep[first] if keep and unit.stage is Stage.POLICY else None))
    entry = Entry(0, "a", name, progress, submitted=10.0, deadline=None)
    return entry, VideoStore(plan, ((),))


def test_an_exit_is_reported_with_its_nominal_cost() -> None:
    options = Options(thresholds=(0.0,) * 16)
    entry, store = finished(options, leave_at=2)
    entry.executed, entry.frames_glanced = 4000, 4
    store.views[0].logits[2] = 7
    answer = make_answer(entry, store, options, now=11.0)
    assert (answer.answers, answer.exit) == (3, ExitReason.CONFIDENCE)
    assert answer.logits.tolist() == [7.0] * 5
    assert (answer.spent.nominal, answer.spent.executed, answer.spent.full) == (3390, 4000, 18080)
    assert answer.spent.by_answer == (1130, 2260, 3390)
    assert answer.glanced == (7, 0, 15, 3)
    assert answer.step_logits is None


def test_time_outside_batches_is_queueing() -> None:
    entry, store = finished(Options())
    entry.spans = [(Stage.GLANCE, 10.5, 11.0), (Stage.FOCUS, 10.8, 12.0)]
    answer = make_answer(entry, store, Options(), now=12.5)
    assert answer.exit is ExitReason.COMPLETE
    assert answer.queue_s == 1.0
    assert set(answer.stage_s) == {Stage.GLANCE, Stage.FOCUS}


def test_patches_name_the_pool_entry_they_were_cut_from() -> None:
    entry, store = finished(Options(max_answers=2))
    answer = make_answer(entry, store, Options(max_answers=2), now=12.0)
    assert answer.exit is ExitReason.BUDGET
    assert [look.entry for look in answer.looks] == [7, 0]
    assert all(look.focused for look in answer.looks)


def test_a_patch_that_was_dropped_is_shown_and_costs_no_focus() -> None:
    keep = tuple(step != 1 for step in range(16))
    entry, store = finished(Options(thresholds=(0.0,) * 16), 3, "skipping", keep)
    store.views[0].keep[:] = [0.75 if kept else 0.25 for kept in keep]
    answer = make_answer(entry, store, Options(), now=11.0)
    assert (answer.answers, answer.exit) == (4, ExitReason.CONFIDENCE)
    assert answer.spent.by_answer == (1130, 1460, 2590, 3720)
    assert (answer.spent.nominal, answer.spent.full) == (3720, 16 * 1130)
    assert [(look.focused, look.keep) for look in answer.looks[:3]] == [
        (True, 0.75),
        (False, 0.25),
        (True, 0.75),
    ]


def test_where_nothing_is_dropped_there_is_no_probability() -> None:
    entry, store = finished(Options())
    assert {look.keep for look in make_answer(entry, store, Options(), now=12.0).looks} == {None}
