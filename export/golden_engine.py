"""Running golden sets through the engine: videos of several bundles at once, in awkward batches.

What a video answers must depend on none of it.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.golden_networks import Exported, answered, planned
from export.golden_report import Array, Line, cannot
from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.engine.engine import Engine
from foveate.engine.executor import OpensDevice
from foveate.engine.messages import Answer, Event, Failure, Options, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

_RULES = LaneRules(lanes=3, max_frames=3, max_videos=2, look_ahead=1)
"""Lanes that take turns, and batches that divide none of the family's numbers of frames."""
_STRANGER = "stranger"
_TIMEOUT_S = 1800.0
LAST, EVERY, FEWER = "engine", "engine, every step", "engine, fewer answers"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A video in flight: which set's, which of its videos, and what was asked."""

    exported: Exported
    video: int
    way: str
    options: Options


class _Collector:
    """Takes the engine's events until all videos are released."""

    def __init__(self, awaited: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.failures: dict[str, Failure] = {}
        self._left = awaited
        self._done = threading.Event()

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Answer):
                self.answers[event.id] = event
            elif isinstance(event, Failure):
                self.failures[event.id] = event
            elif isinstance(event, Released):
                self._left -= 1
        if self._left <= 0:
            self._done.set()

    def wait(self) -> bool:
        return self._done.wait(_TIMEOUT_S)


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
    collector = _run(sets, asked, runtime or OnnxCpuRuntime())
    for exported in sets:
        own = {key: one for key, one in asked.items() if one.exported is exported}
        failed = [collector.failures[key] for key in own if key in collector.failures]
        if failed or not all(key in collector.answers for key in own):
            why = str(failed[0].error) if failed else "the engine did not end in time"
            yield cannot(exported.name, "engine", why)
            continue
        if odd := [key for key, one in own.items() if not _as_asked(one, collector.answers[key])]:
            yield cannot(exported.name, "engine", f"{odd[0]} made another number of answers than asked for")
            continue
        for way in dict.fromkeys(one.way for one in own.values()):
            answers = {one.video: collector.answers[key] for key, one in own.items() if one.way == way}
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


def _run(sets: Sequence[Exported], asked: dict[str, _Asked], runtime: Runtime) -> _Collector:
    pages = [frame for exported in sets for video in exported.frames for frame in video]
    own = load_bundle(untrained_bundle())
    strangers = _stranger_frames(own.manifest.preprocessing.crop, own.manifest.sampling.pool)
    first_stranger = len(pages)
    pages += list(strangers)
    submits = _submits(sets, asked)
    collector, rules, make, device = _Collector(len(submits) + 2), _RULES, None, None
    if isinstance(runtime, OpensDevice):
        rules = runtime.rules(rules)
        device = runtime.open_device(_slab(pages), rules, len(submits) + 2)
        make = device.make
    engine = Engine(runtime, rules, lambda page, _: pages[page], collector.take, make_executor=make)
    engine.add_bundle(_STRANGER, own)
    for exported in sets:
        engine.add_bundle(exported.name, exported.bundle)
    pool = tuple(range(first_stranger, first_stranger + len(strangers)))
    submits += [Submit(f"{_STRANGER}/{n}", _STRANGER, (pool,), Options(every_step=n == 1)) for n in range(2)]
    order = np.random.Generator(np.random.Philox(key=0)).permutation(len(submits))
    for number in order:
        engine.handle(submits[number])
    engine.start()
    collector.wait()
    if engine.close() and device is not None:
        device.close()
    return collector


def _slab(pages: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The frames as pages of one size."""
    slab = np.zeros((len(pages), max(frame.size for frame in pages)), np.uint8)
    for page, frame in zip(slab, pages, strict=True):
        page[: frame.size] = frame.reshape(-1)
    return slab


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
