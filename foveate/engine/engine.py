"""The engine in one process: messages in, events out, lanes in between.

Videos are given as messages and answered by events, so that the same messages can go to a process per GPU.
The scheduler is guarded by one lock, which is never held while a graph runs.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from foveate.bundle.load import Bundle
from foveate.bundle.vocabulary import Form
from foveate.engine.answer import make_answer
from foveate.engine.execute import Executor, PageReader
from foveate.engine.executor import BatchExecutor, ChecksBundles, MakeExecutor
from foveate.engine.lanes import Lanes
from foveate.engine.ledger import Entry
from foveate.engine.load import LoadMeter
from foveate.engine.messages import Cancel, Event, Failure, Options, Released, Stage, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules, Scheduler
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, Outcome
from foveate.errors import ConfigError, FoveateError, UnavailableError
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo


class Observer(Protocol):
    """Told of each batch, for metrics; called without the engine's lock."""

    def batch(self, batch: Batch, seconds: float, failed: bool) -> None:
        """A batch ended."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    """A video's arrays and what was asked of it."""

    store: VideoStore
    options: Options


class Engine:
    """Runs videos of several bundles on the lanes of one device.

    Args:
        runtime: what runs the graphs.
        rules: how batches are formed, and the number of lanes.
        page: where the frames are.
        deliver: given the events of each batch at once, from a lane's thread or the caller's, in the order in
            which they came about; called under the engine's lock, so it must not block.
        observer: told of each batch.
        on_death: told when a lane died; every video in flight has been failed by then.
        make_executor: makes what runs a bundle's batches; None for the CPU's, on the runtime's graphs.
    """

    def __init__(
        self,
        runtime: Runtime,
        rules: LaneRules,
        page: PageReader,
        deliver: Callable[[Sequence[Event]], None],
        observer: Observer | None = None,
        on_death: Callable[[BaseException], None] = lambda error: None,
        make_executor: MakeExecutor | None = None,
    ) -> None:
        self._runtime = runtime
        self._page = page
        self._deliver = deliver
        self._observer = observer
        self._on_death = on_death
        self._make_executor = make_executor or self._on_host
        self._ready = threading.Condition()
        self._scheduler = Scheduler(rules, self._judge)
        self._lanes = Lanes(rules.lanes, self._work, self._died)
        self._meter = LoadMeter(rules.lanes)
        self._plans: dict[str, BundlePlan] = {}
        self._executors: dict[str, BatchExecutor] = {}
        self._held: dict[int, _Held] = {}
        self._begun: dict[int, float] = {}
        self._closing = False
        self._dead: BaseException | None = None

    @property
    def runtime(self) -> RuntimeInfo:
        """What runs the graphs and why."""
        return self._runtime.info

    @property
    def healthy(self) -> bool:
        """Whether an accepted video will be worked on."""
        return self._dead is None and not self._closing

    def plan(self, name: str) -> BundlePlan:
        """The plan of a bundle that was added."""
        return self._plans[name]

    def add_bundle(self, name: str, bundle: Bundle) -> None:
        """Load a bundle's graphs and accept its videos from now on.

        Raises:
            ConfigError: the name is taken.
            BundleError: a graph cannot be loaded, or does not pass the runtime's check.
        """
        if name in self._plans:
            raise ConfigError(f"two bundles are named {name}")
        plan = BundlePlan.of(bundle.manifest)
        executor = self._make_executor(bundle, plan)
        with self._ready:
            self._executors[name] = executor
            self._plans[name] = plan
            self._scheduler.add_bundle(name, plan)

    def remove_bundle(self, name: str) -> bool:
        """Let go of a bundle whose videos have all been released; whether it is gone.

        Its graphs, and what a device holds of it, go with it.
        """
        with self._ready:
            if not self._scheduler.remove_bundle(name):
                return False
            executor = self._executors.pop(name)
            del self._plans[name]
        # Outside the lock: to give a device's memory back takes a while.
        del executor
        return True

    def start(self) -> None:
        """Start the lanes."""
        self._lanes.start()

    def handle(self, message: Submit | Cancel) -> None:
        """Take a message.

        Raises:
            UnavailableError: the engine is closing or has lost a lane.
            OverloadedError: a device has no room for the video.
        """
        if isinstance(message, Cancel):
            with self._ready:
                self._scheduler.cancel(message.id)
                self._tell()
            return
        with self._ready:
            if not self.healthy:
                raise UnavailableError("the engine is not running")
            store = self._executors[message.bundle].open(message.pages)
            number = self._scheduler.submit(message, time.monotonic())
            self._held[number] = _Held(store, message.options)
            self._ready.notify_all()

    def drain_seconds(self) -> float | None:
        """Seconds until what is pending is done at the measured rate; None before anything was measured."""
        with self._ready:
            return self._meter.seconds_for(self._scheduler.pending_cost())

    def depths(self) -> dict[tuple[str, Stage], int]:
        """Units waiting, by bundle and stage."""
        with self._ready:
            return self._scheduler.depths()

    def in_flight(self) -> int:
        """Videos submitted and not ended."""
        with self._ready:
            return self._scheduler.in_flight()

    def longest_batch_s(self) -> float:
        """How long the batch has been running that began first; 0 where none runs.

        A device that hangs raises nothing: that a batch does not end is all that can be seen of it.
        """
        with self._ready:
            return max((time.monotonic() - begun for begun in self._begun.values()), default=0.0)

    def close(self, timeout: float = 10.0) -> bool:
        """Fail what is in flight, stop the lanes after their present batches; whether they all stopped."""
        with self._ready:
            self._closing = True
            self._scheduler.fail_all(UnavailableError("the server is shutting down"))
            self._tell()
            self._ready.notify_all()
        return self._lanes.join(timeout)

    def _on_host(self, bundle: Bundle, plan: BundlePlan) -> BatchExecutor:
        graphs: dict[tuple[Stage, Form], LoadedGraph] = {}
        by_file: dict[str, LoadedGraph] = {}
        for stage in Stage:
            network = plan.network(stage)
            for form, graph in network.forms.items() if network else ():
                loaded = self._runtime.load(bundle.folder / graph.file, graph)
                graphs[stage, form] = by_file[graph.file] = loaded
        if isinstance(self._runtime, ChecksBundles):
            self._runtime.check(bundle, by_file)
        return Executor(plan, graphs, self._page)

    def _work(self, lane: int) -> None:
        scratch = Scratch(lane)
        while True:
            with self._ready:
                batch = self._scheduler.next_batch(time.monotonic())
                self._tell()
                if batch is None:
                    if self._closing:
                        return
                    self._ready.wait()
                    continue
                stores = [self._held[unit.video].store for unit in batch.units]
                self._begun[lane] = time.monotonic()
            self._run(lane, batch, stores, scratch)

    def _run(self, lane: int, batch: Batch, stores: list[VideoStore], scratch: Scratch) -> None:
        started = time.monotonic()
        outcomes: list[Outcome] = []
        failure: Exception | None = None
        try:
            outcomes = self._executors[batch.key.bundle].run(batch, stores, scratch)
        except Exception as error:  # whatever a network raises is the batch's fault, never the lane's
            failure = error
        now = time.monotonic()
        with self._ready:
            del self._begun[lane]
            if failure is None:
                cost = self._plans[batch.key.bundle].cost(batch.key.stage, batch.key.form)
                self._meter.note(cost * len(batch.units), now - started)
                self._scheduler.complete(batch, outcomes, started, now)
            else:
                self._scheduler.fail(batch, failure, started, now)
            self._tell()
            self._ready.notify_all()
        if self._observer is not None:
            self._observer.batch(batch, now - started, failure is not None)

    def _judge(self, video: int, answer: int) -> bool:
        """Whether a video leaves with an answer; called by the scheduler, under the lock."""
        held = self._held[video]
        exits = self._scheduler.plan_of(video).manifest.exits
        if exits is None or held.options.thresholds is None:
            return False
        return held.store.confidence(exits, answer) >= held.options.thresholds[answer]

    def _tell(self) -> None:
        """Deliver what ended and what was released since the last call.

        Under the lock: delivered outside it, a lane's answer could be overtaken by another's release.
        """
        now = time.monotonic()
        events: list[Event] = [self._ended(entry, now) for entry in self._scheduler.ended()]
        for entry in self._scheduler.released():
            self._executors[entry.bundle].close(self._held.pop(entry.number).store)
            events.append(Released(entry.id))
        if events:
            self._deliver(events)

    def _ended(self, entry: Entry, now: float) -> Event:
        if entry.error is not None:
            return Failure(entry.id, entry.error)
        held = self._held[entry.number]
        return make_answer(entry, held.store, held.options, now)

    def _died(self, error: BaseException) -> None:
        with self._ready:
            self._dead = error
            self._closing = True
            failure: FoveateError = UnavailableError("the engine has stopped after an internal failure")
            self._scheduler.fail_all(failure)
            self._tell()
            self._ready.notify_all()
        self._on_death(error)
