"""Runs batches on a device: a block of numbers there, captured work, a block of decisions back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foveate.bundle.load import Bundle
from foveate.bundle.vocabulary import Form, Sink
from foveate.device.arena import Arena
from foveate.device.buckets import bucket_for, buckets_up_to
from foveate.device.graph import DeviceGraph, GraphLoader
from foveate.device.lane import DeviceLane, DeviceLostError
from foveate.device.pixels import Look, check_rectangles
from foveate.device.program import Program
from foveate.device.protocol import Captured, Device, Part, Stream
from foveate.device.slots import FrameSlots
from foveate.device.surroundings import Surroundings
from foveate.engine.executor import Pages, keep_on_host, looked_at, outcome_of
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, Outcome


class DeviceStore(VideoStore):
    """What the host has of a video: logits, chosen frames and rectangles. The rest is in the arena.

    Attributes:
        rows: the arena's row of each view.
    """

    def __init__(self, plan: BundlePlan, pages: Pages, rows: tuple[int, ...]) -> None:
        super().__init__(plan, pages)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Ready:
    """A program and, where its graph can be captured, what was captured of it."""

    program: Program
    captured: Captured | None


class DeviceExecutor:
    """Runs the batches of one bundle on a device; see ``foveate.engine.executor.BatchExecutor``.

    Everything is allocated, tried and captured when it is made.

    Args:
        device: where.
        clearing: the stream that makes memory ready, shared by all bundles.
        bundle: the bundle.
        plan: its plan.
        lanes: of the device.
        slots: where frames are.
        look: the pixel operation.
        loader: loads its graphs.
        rules: how large batches get.
        videos: videos of this bundle that may be in flight.
    """

    def __init__(
        self,
        device: Device,
        clearing: Stream,
        bundle: Bundle,
        plan: BundlePlan,
        lanes: Sequence[DeviceLane],
        slots: FrameSlots,
        look: Look,
        loader: GraphLoader,
        rules: LaneRules,
        videos: int,
    ) -> None:
        self._plan, self._lanes, self._slots, self._device = plan, lanes, slots, device
        self._arena = Arena(device, plan, videos * plan.views, clearing)
        self._around = Surroundings.of(device, plan, self._arena, slots, look, clearing)
        self._buckets: dict[Stage, tuple[int, ...]] = {
            stage: buckets_up_to(rules.most_units(plan, stage)) for stage in Stage
        }
        self._programs = [self._prepare(lane, bundle, loader) for lane in lanes]

    def buckets(self, stage: Stage) -> tuple[int, ...]:
        """Units that batches of a stage are padded to."""
        return self._buckets[stage]

    def open(self, pages: Pages) -> VideoStore:
        """See ``BatchExecutor.open``."""
        store = DeviceStore(self._plan, pages, self._arena.take(self._plan.views))
        self._slots.admit(page for view in pages for page in view)
        return store

    def close(self, store: VideoStore) -> None:
        """See ``BatchExecutor.close``."""
        assert isinstance(store, DeviceStore)
        self._slots.forget(page for view in store.pages for page in view)
        self._arena.give_back(store.rows)

    def run(self, batch: Batch, stores: Sequence[VideoStore], scratch: Scratch) -> list[Outcome]:
        """See ``BatchExecutor.run``."""
        stage, form = batch.key.stage, batch.key.form
        lane = self._lanes[scratch.lane]
        size = bucket_for(len(batch.units), self._buckets[stage])
        ready = self._programs[scratch.lane][stage, form, size]
        pages = self._pages(batch, stores, ready.program)
        held = False
        try:
            slots = self._slots.hold(pages, lane.stream) if pages else []
            held = bool(pages)
            self._run(lane, ready, batch, stores, slots)
        except BaseException:
            # Whatever was begun still reads pages and slots; they are given back only when it has ended.
            self._settle(lane)
            raise
        finally:
            if held:
                self._slots.drop(pages)
        return self._take(batch, stores, ready.program)

    def _run(
        self, lane: DeviceLane, ready: Ready, batch: Batch, stores: Sequence[VideoStore], slots: list[int]
    ) -> None:
        program, stream, count = ready.program, lane.stream, len(batch.units)
        rows = [_rows(store)[unit.view] for unit, store in zip(batch.units, stores, strict=True)]
        program.fill(batch.units, rows, slots)
        self._arena.ready(stream)
        stream.copy(Part(program.control), Part(program.host_control))
        if ready.captured is not None:
            stream.replay(ready.captured, lambda: program.access(batch.units, rows, slots))
        else:
            stream.launch(program.work, *program.access(batch.units, rows, slots))
        if program.kept:
            stream.copy(Part(program.host_block, range(count)), Part(program.block, range(count)))
        stream.record(lane.done)
        lane.done.synchronize()

    def _take(self, batch: Batch, stores: Sequence[VideoStore], program: Program) -> list[Outcome]:
        outcomes = [Outcome()] * len(batch.units)
        if not program.kept:
            return outcomes
        decided = program.decisions(len(batch.units))
        for output, values in zip(program.kept, decided, strict=True):
            if output.sink is Sink.KEEP:
                outcomes = [outcome_of(self._plan, value) for value in values]
            for unit, store, value in zip(batch.units, stores, values, strict=True):
                keep_on_host(self._plan, unit, store.views[unit.view], output, value)
        return outcomes

    def _pages(self, batch: Batch, stores: Sequence[VideoStore], program: Program) -> list[int]:
        """The page of each look, after a check of where it looks."""
        if not program.looks:
            return []
        network = self._plan.network(batch.key.stage)
        assert network is not None
        assert network.pixels is not None
        pages, cut = [], []
        for unit, store in zip(batch.units, stores, strict=True):
            view = store.views[unit.view]
            for entry, step in looked_at(self._plan, unit, view):
                pages.append(store.pages[unit.view][entry])
                if step is not None:
                    cut.append(view.rectangles[step])
        if cut:
            check_rectangles(np.stack(cut), network.pixels, self._plan.manifest.preprocessing.crop)
        return pages

    def _settle(self, lane: DeviceLane) -> None:
        try:
            lane.stream.synchronize()
            self._slots.synchronize()
        except Exception as error:
            raise DeviceLostError(f"{self._device.name} does not recover: {error}") from error

    def _prepare(
        self, lane: DeviceLane, bundle: Bundle, loader: GraphLoader
    ) -> dict[tuple[Stage, Form, int], Ready]:
        programs = {}
        for stage in Stage:
            network = self._plan.network(stage)
            for form, graph in network.forms.items() if network else ():
                loaded = loader.load(bundle.folder / graph.file, graph, stage, lane.stream)
                # The largest first, so that the smaller ones find its memory in the pool.
                for size in reversed(self._buckets[stage]):
                    program = Program(self._device, self._around, stage, form, size, loaded)
                    programs[stage, form, size] = self._try(lane, program, loaded)
        return programs

    def _try(self, lane: DeviceLane, program: Program, graph: DeviceGraph) -> Ready:
        """Run a program on padding alone, and capture it."""
        stream = lane.loading if graph.capturable else lane.stream
        program.fill((), (), [])
        self._arena.ready(stream)
        stream.copy(Part(program.control), Part(program.host_control))
        stream.launch(program.work, *program.access((), (), []))
        stream.synchronize()
        captured = self._device.capture(stream, lane.pool, program.work) if graph.capturable else None
        return Ready(program, captured)


def _rows(store: VideoStore) -> tuple[int, ...]:
    assert isinstance(store, DeviceStore)
    return store.rows
