"""Events come in order, whoever is told of them late."""

import threading
from collections.abc import Sequence

import pytest

from foveate.engine.engine import Engine
from foveate.engine.executor import BatchExecutor
from foveate.engine.messages import Answer, Cancel, Event, Failure, Options, Released, Stage, Submit
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore
from foveate.engine.units import Batch, Outcome
from foveate.errors import UnavailableError
from tests.engine import systems
from tests.engine.fake import pages_of
from tests.engine.harness import Gate, Harness


class Slow(Harness):
    """Who is told how a video ended, and not yet that it is released, lets go of the batches that held it.

    Whatever another thread delivers until then has overtaken it.
    """

    def _prepare(self) -> None:
        super()._prepare()
        self.gate = Gate()
        self._overtaken = threading.Event()

    def _take(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, Released) for event in events):
            self._overtaken.set()
        else:
            self.gate.open.set()
            self._overtaken.wait(0.2)
        super()._take(events)


def test_a_video_is_not_released_before_its_failure() -> None:
    manifest = systems.recurrent()
    harness = Slow(manifest, rules=LaneRules(lanes=1), hook=lambda *batch: harness.gate(*batch))
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    assert harness.gate.reached.wait(10)
    harness.engine.handle(Cancel("a"))
    harness.wait(1)
    assert harness.engine.close()
    assert list(map(type, harness.events)) == [Failure, Released]


def test_a_video_is_not_released_before_its_answer() -> None:
    """The video leaves at its first answer, while another lane looks further ahead."""
    manifest = systems.v2_exits()
    harness = Slow(manifest, rules=LaneRules(lanes=2, max_frames=1))
    executor = _HeldBack(harness.engine._executors[manifest.name], harness.gate.open)
    harness.engine._executors[manifest.name] = executor
    thresholds = (-1e8,) * len(manifest.cost.nominal)
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0), Options(thresholds=thresholds)))
    harness.wait(1)
    assert harness.engine.close()
    assert list(map(type, harness.events)) == [Answer, Released]


class _HeldBack:
    """Runs batches, the second frame's glance until a gate is opened, and no classifier before that runs."""

    def __init__(self, executor: BatchExecutor, gate: threading.Event) -> None:
        self.open, self.close = executor.open, executor.close
        self._executor = executor
        self._gate = gate
        self._looks_ahead = threading.Event()

    def run(self, batch: Batch, stores: Sequence[VideoStore], scratch: Scratch) -> list[Outcome]:
        if batch.key.stage is Stage.CLASSIFY:
            assert self._looks_ahead.wait(10)
        elif batch.key.stage is Stage.GLANCE and batch.units[0].index == 1:
            self._looks_ahead.set()
            self._gate.wait(10)
        return self._executor.run(batch, stores, scratch)


class _ClosingCondition:
    """In the place of an engine's lock: the engine is closed as the lock is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = engine._ready

    def __enter__(self) -> bool:
        self._engine._ready = self._lock
        self._engine.close()
        return self._lock.__enter__()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def test_a_video_that_comes_as_the_engine_closes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=1))
    monkeypatch.setattr(harness.engine, "_ready", _ClosingCondition(harness.engine))
    with pytest.raises(UnavailableError):
        harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    assert harness.engine.in_flight() == 0
