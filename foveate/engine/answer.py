"""From a finished video's store and ledger entry to its answer."""

from foveate.engine.ledger import Entry, covered, stage_seconds
from foveate.engine.messages import Answer, ExitReason, Look, Options, Spent
from foveate.engine.plan import BundlePlan
from foveate.engine.progress import Progress
from foveate.engine.store import VideoStore


def make_answer(entry: Entry, store: VideoStore, options: Options, now: float) -> Answer:
    """Put together the answer of a video whose progress has finished.

    Args:
        entry: the scheduler's record of it.
        store: its arrays.
        options: what was asked.
        now: seconds on the engine's clock.
    """
    progress = entry.progress
    answers = progress.answered
    logits = store.logits(answers)
    first = 0 if progress.course.glance_answer or not progress.plan.has_glance_answer else 1
    return Answer(
        id=entry.id,
        logits=logits[-1].copy(),
        step_logits=logits[first:].copy() if options.every_step else None,
        answers=answers,
        exit=_reason(progress),
        looks=_looks(progress, store),
        glanced=_glanced(entry, progress.plan),
        spent=_spent(entry, answers),
        stage_s=stage_seconds(entry.spans),
        queue_s=max(0.0, now - entry.submitted - covered([(a, b) for _, a, b in entry.spans])),
    )


def _reason(progress: Progress) -> ExitReason:
    if progress.left_early:
        return ExitReason.CONFIDENCE
    return ExitReason.COMPLETE if progress.answered == progress.plan.answers else ExitReason.BUDGET


def _looks(progress: Progress, store: VideoStore) -> tuple[Look, ...]:
    plan = progress.plan.manifest.plan
    looks = []
    for number, view in enumerate(store.views):
        planned = progress.planned(number)
        places = zip(view.frames[:planned].tolist(), view.rectangles[:planned].tolist(), strict=True)
        for step, (frame, (y, x, height, width)) in enumerate(places):
            entry = plan.candidates[frame]
            keep = None if plan.keep_threshold is None else float(view.keep[step])
            focused = progress.looked_at(number, step)
            looks.append(Look(number, step, entry, (y, x, height, width), focused, keep))
    return tuple(looks)


def _glanced(entry: Entry, plan: BundlePlan) -> tuple[int, ...]:
    return plan.manifest.plan.glance[: entry.frames_glanced // plan.views]


def _spent(entry: Entry, answers: int) -> Spent:
    cost = entry.progress.plan.manifest.cost
    by_answer = tuple(entry.progress.nominal(answer) for answer in range(answers))
    return Spent(
        executed=entry.executed,
        nominal=by_answer[-1],
        full=cost.nominal[-1],
        dense=cost.dense,
        frames_glanced=entry.frames_glanced,
        patches_focused=entry.patches_focused,
        by_answer=by_answer,
    )
