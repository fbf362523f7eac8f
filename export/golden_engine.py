"""Running golden sets through the engine: videos of several bundles at once, in awkward batches.

What a video answers must depend on none of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.engine_run import Ended, run_in_engine
from export.golden_networks import Exported, answered, planned
from export.golden_report import Array, Line, cannot
from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.engine.messages import Answer, Options, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Runtime

_RULES = LaneRules(lanes=3, max_frames=3, max_videos=2, look_ahead=1)
"""Lanes that take turns, and batches that divide none of the family's numbers of frames."""
_STRANGER = "stranger"
LAST, EVERY, FEWER = "engine", "engine, every step", "engine, fewer answers"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A video in flight: which set's, which of its videos, and what was asked."""

    exported: Exported
    video: int
    way: str
    options: Options


def in_engine(sets: Sequence[Exported], runtime: Runtime | None = None) -> Iterator[Line]:
    """Run the videos of all sets in one engine, each in every way that its bundle has, and compare.

    The package's own bundle runs beside them, so that even a single set shares the lanes.

    Args:
        sets: what is run.
        runtime: what runs it; None for the CPU.
    """
    asked = {
        f"{exported.name}/{video}/{way}": _Asked(exported, video, way, options)
        for exported in sets
        for video in range(len(exported.frames))
        for way, options in _ways(exported, video)
    }
    ended = _run(sets, asked, runtime)
    for exported in sets:
        own = {key: one for key, one in asked.items() if one.exported is exported}
        failed = [ended.failures[key] for key in own if key in ended.failures]
        if failed or not all(key in ended.answers for key in own):
            why = str(failed[0].error) if failed else "the engine did not end in time"
            yield cannot(exported.name, "engine", why)
            continue
        if odd := [key for key, one in own.items() if not _as_asked(one, ended.answers[key])]:
            yield cannot(exported.name, "engine", f"{odd[0]} made another number of answers than asked for")
            continue
        for way in dict.fromkeys(one.way for one in own.values()):
            answers = {one.video: ended.answers[key] for key, one in own.items() if one.way == way}
            yield from _lines(exported, way, [answers[video] for video in sorted(answers)])


def _ways(exported: Exported, video: int) -> Iterator[tuple[str, Options]]:
    """Plainly; with every step's logits; and stopping early, each video elsewhere."""
    yield LAST, Options()
    answers = len(exported.bundle.manifest.cost.nominal)
    if answers > 1:
        yield EVERY, Options(every_step=True)
        yield FEWER, Options(max_answers=1 + (answers // 3 + 5 * video) % (answers - 1))


def _as_asked(asked: _Asked, answer: Answer) -> bool:
    everything = len(asked.exported.bundle.manifest.cost.nominal)
    return answer.answers == (asked.options.max_answers or everything)


def _run(sets: Sequence[Exported], asked: dict[str, _Asked], runtime: Runtime | None) -> Ended:
    pages = [frame for exported in sets for video in exported.frames for frame in video]
    own = load_bundle(untrained_bundle())
    strangers = _stranger_frames(own.manifest.preprocessing.crop, own.manifest.sampling.pool)
    pool = tuple(range(len(pages), len(pages) + len(strangers)))
    submits = _submits(sets, asked)
    submits += [Submit(f"{_STRANGER}/{n}", _STRANGER, (pool,), Options(every_step=n == 1)) for n in range(2)]
    order = np.random.Generator(np.random.Philox(key=0)).permutation(len(submits))
    return run_in_engine(
        {_STRANGER: own} | {exported.name: exported.bundle for exported in sets},
        [*pages, *strangers],
        [submits[number] for number in order],
        _RULES,
        runtime,
    )


def _submits(sets: Sequence[Exported], asked: dict[str, _Asked]) -> list[Submit]:
    starts: dict[str, int] = {}
    total = 0
    for exported in sets:
        starts[exported.name] = total
        total += exported.frames.shape[0] * exported.frames.shape[1]
    submits = []
    for key, one in asked.items():
        pool = one.exported.frames.shape[1]
        first = starts[one.exported.name] + one.video * pool
        views = len(one.exported.bundle.manifest.preprocessing.views)
        entries = (tuple(range(first, first + pool)),) * views
        submits.append(Submit(key, one.exported.name, entries, one.options))
    return submits


def _stranger_frames(side: int, count: int) -> NDArray[np.uint8]:
    generator = np.random.Generator(np.random.Philox(key=1))
    return generator.integers(0, 256, (count, side, side, 3), np.uint8)


def _lines(exported: Exported, way: str, answers: list[Answer]) -> Iterator[Line]:
    """Compare one way of asking over all videos of a set."""
    found = exported.run.answers.copy()
    for video, answer in enumerate(answers):
        if answer.step_logits is not None:
            found[video, -len(answer.step_logits) :] = answer.step_logits
        found[video, answer.answers - 1] = answer.logits
    if way != FEWER:
        yield from answered(exported, found, way)
        yield from planned(exported, *_looks(answers, exported), way)
        return
    # The answers that were not asked for are filled in from PyTorch; these are the ones that count.
    for array, value in exported.case.answers(exported.golden, found, exported.run).items():
        if array in exported.golden.arrays:
            golden = exported.golden
            yield Line(exported.name, array, way, golden.error(array, value), golden.tolerance(array))


def _looks(answers: list[Answer], exported: Exported) -> tuple[Array, Array]:
    """Candidate (videos, steps) and rectangle (videos, steps, 4) of each look of the first view."""
    candidates = list(exported.bundle.manifest.plan.candidates)
    frames, rectangles = [], []
    for answer in answers:
        looks = [look for look in answer.looks if look.view == 0]
        frames.append([candidates.index(look.entry) for look in looks])
        rectangles.append([look.rectangle for look in looks])
    return np.array(frames), np.array(rectangles)
