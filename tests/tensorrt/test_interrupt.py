import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.errors import BundleError
from foveate.tensorrt import build as builds
from foveate.tensorrt import interrupt
from foveate.tensorrt.build import build_engine
from foveate.tensorrt.bundle import graphs
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.interrupt import interruptible, monitor
from foveate.tensorrt.profiles import ranges


class Interrupted(BaseException):
    pass


@pytest.fixture
def ask_to_stop() -> Iterator[Callable[[], None]]:
    """A signal whose handler raises on the main thread."""

    def handle(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, handle)
    yield lambda: os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def test_what_the_work_gives_or_raises_comes_back() -> None:
    assert interruptible(lambda stop: (stop.is_set(), threading.current_thread().name)) == (
        False,
        "engine-build",
    )

    def fail(stop: threading.Event) -> int:
        raise BundleError("no")

    with pytest.raises(BundleError, match="no"):
        interruptible(fail)


def test_an_interrupt_stops_the_work_and_is_raised(ask_to_stop: Callable[[], None]) -> None:
    ended = []

    def work(stop: threading.Event) -> None:
        ask_to_stop()
        ended.append(stop.wait(10))

    with pytest.raises(Interrupted):
        interruptible(work)
    assert ended == [True]


def test_work_that_does_not_stop_is_left_to_itself(
    ask_to_stop: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt, "_STOP_S", 0.01)
    release = threading.Event()

    def work(stop: threading.Event) -> None:
        ask_to_stop()
        release.wait(10)

    with pytest.raises(Interrupted):
        interruptible(work)
    release.set()


def test_a_build_ends_at_its_next_step(
    rtx: Flavour, ask_to_stop: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[bool] = []

    def watched(library: object, stop: threading.Event) -> object:
        found = monitor(library, stop)
        go_on = type(found).step_complete

        def step(self: object, phase: str, number: int) -> bool:
            if not steps:
                ask_to_stop()
                assert stop.wait(10)
            steps.append(go_on(self, phase, number))
            return steps[-1]

        type(found).step_complete = step
        return found

    monkeypatch.setattr(builds, "monitor", watched)
    bundle = load_bundle(untrained_bundle())
    graph = graphs(bundle)[0]
    started = time.monotonic()
    with pytest.raises(Interrupted):
        build_engine(rtx, Path(bundle.folder / graph.file), graph, ranges(4))
    assert steps == [False]
    assert time.monotonic() - started < 10
