"""A measurement from its options to its report."""

import asyncio
import shlex
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TextIO

import uvloop

from foveate.bench.client import Client, connected
from foveate.bench.course import Course, course_of
from foveate.bench.facts import ServedModel
from foveate.bench.inputs import Item, as_form, at_random, find_sources, in_turn, random_frames, read_items
from foveate.bench.journal import Journal, Window
from foveate.bench.level import measure
from foveate.bench.plan import LevelPlan, Options, level_name
from foveate.bench.progress import Progress, window_line
from foveate.bench.reply import Failure, Reason
from foveate.bench.requests_file import Write, requests_file
from foveate.bench.schemas import Level, Report
from foveate.bench.setup import describe
from foveate.bench.stability import Rules
from foveate.bench.summary import summarise
from foveate.errors import ConfigError, UnavailableError

_VIDEOS = "/v1/videos:classify"
_FRAMES = "/v1/frames:classify"
_TICK_S = 0.5


def run(options: Options, arguments: Sequence[str], stream: TextIO) -> Report:
    """Measure every level that was asked for.

    Args:
        options: what to measure.
        arguments: of the command line, for the report.
        stream: where progress is shown.

    Raises:
        UnavailableError: the server cannot be reached or is not ready.
        ConfigError: it lacks the model, an input cannot be read, or it refuses the first input.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(options, shlex.join(arguments), Progress(stream, options.quiet)))


async def _run(options: Options, command: str, progress: Progress) -> Report:
    sources = find_sources(options.inputs)
    path = _VIDEOS if options.frames is None else _FRAMES
    async with connected(options.timeout_s, options.headers) as session:
        client = Client(session, options.url, path, options.parameters)
        model = await client.model(options.parameters.get("model"))
        items = read_items(sources, model.labels) if options.frames is None else _frames(options, model)
        if options.form:
            items = [as_form(item) for item in items]
        setup = describe(options, command, model, await client.version(), path, items)
        await _try(client, items[0])
        order = at_random(items, options.seed) if options.shuffled else in_turn(items)
        course = course_of(options)
        with requests_file(options.requests, progress.done) as write:
            levels, whole = await _Measurement(options.rules, client, order, write).run(course, progress)
    found = course.found()
    if found is not None:
        levels.sort(key=lambda level: level.load)
    return Report(setup=setup, levels=levels, found=found, ended=course.ended if whole else "interrupted")


def _frames(options: Options, model: ServedModel) -> list[Item]:
    assert options.frames is not None
    height, width = options.frame_size or (model.input.crop, model.input.crop)
    return random_frames(options.frames, height, width, options.seed)


async def _try(client: Client, item: Item) -> None:
    """Post once: a request that can never be answered is better known before a sweep than after it."""
    reply = await client.ask(item)
    if isinstance(reply, Failure) and reply.reason is Reason.OTHER:
        detail = f": {reply.detail}" if reply.detail else ""
        kind = UnavailableError if reply.what.startswith(("5", "connection")) else ConfigError
        raise kind(f"the server does not answer {item.name}: {reply.what}{detail}")


@dataclass(frozen=True, slots=True)
class _Measurement:
    rules: Rules
    client: Client
    items: Iterator[Item]
    write: Write

    async def run(self, course: Course, progress: Progress) -> tuple[list[Level], bool]:
        """The levels of a course, and whether it came to its end."""
        levels: list[Level] = []
        with _interrupts() as stop:
            while not stop.is_set() and (plan := course.next()) is not None:
                level = await self._level(plan, stop, progress)
                if level is None:
                    continue
                levels.append(level)
                progress.done(_line(level))
                if not stop.is_set():
                    course.note(level)
            return levels, not stop.is_set()

    async def _level(self, plan: LevelPlan, stop: asyncio.Event, progress: Progress) -> Level | None:
        journal = Journal(time.perf_counter)
        load = plan.start(self.client.ask, self.items, journal)
        numbers = count(1)

        def seen(window: Window) -> None:
            progress.show(window_line(plan.name, next(numbers), window, self.rules))

        ticking = asyncio.ensure_future(_tick(plan, journal, progress))
        try:
            measured = await measure(load, journal, self.rules, stop, seen, plan.whole)
        finally:
            ticking.cancel()
        self.write(plan, measured)
        return summarise(plan, measured, self.rules) if measured.windows else None


async def _tick(plan: LevelPlan, journal: Journal, progress: Progress) -> None:
    while progress.live:
        progress.show(
            f"{plan.name}  {journal.seconds:.0f} s: {journal.answered_now} answered, "
            f"{journal.in_flight} in flight"
        )
        await asyncio.sleep(_TICK_S)


def _line(level: Level) -> str:
    latency = "-" if level.watched_ms is None else f"{level.watched} {level.watched_ms:.1f} ms"
    steady = "" if level.steady is not False else ", unstable"
    return f"{level_name(level.kind, level.load)}: {level.throughput.mean:.2f} answers/s, {latency}{steady}"


@contextmanager
def _interrupts() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C sets; the second one ends everything, as ever."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
