import os
import threading
import time
from types import SimpleNamespace

import pytest

from foveate.engine import lanes as lanes_module
from foveate.engine.lanes import Lanes


def test_lanes_run_beside_each_other_at_a_lower_priority() -> None:
    together = threading.Barrier(3)
    found: list[tuple[int, int]] = []

    def work(lane: int) -> None:
        found.append((lane, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
        together.wait(10)

    deaths: list[BaseException] = []
    lanes = Lanes(2, work, deaths.append)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    lanes.start()
    together.wait(10)
    assert lanes.join(10)
    assert sorted(lane for lane, _ in found) == [0, 1]
    assert all(priority > own for _, priority in found)
    assert os.getpriority(os.PRIO_PROCESS, 0) == own
    assert deaths == []


def test_a_lane_never_dies_in_silence() -> None:
    def work(lane: int) -> None:
        raise SystemExit("gone")

    deaths: list[BaseException] = []
    lanes = Lanes(1, work, deaths.append)
    lanes.start()
    assert lanes.join(10)
    assert [str(death) for death in deaths] == ["gone"]


def waiting(count: int, release: threading.Event) -> Lanes:
    """Lanes that end when they are let go."""

    def work(lane: int) -> None:
        release.wait(10)

    return Lanes(count, work, lambda error: None)


def test_joining_gives_up_after_its_time() -> None:
    release = threading.Event()
    lanes = waiting(1, release)
    lanes.start()
    started = time.monotonic()
    assert not lanes.join(0.05)
    assert time.monotonic() - started < 5
    release.set()
    assert lanes.join(10)


def test_joining_many_takes_no_longer_than_joining_one(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    lanes = waiting(4, release)
    lanes.start()
    now, waits = 100.0, []

    def join(thread: threading.Thread, timeout: float) -> None:
        nonlocal now
        waits.append(timeout)
        now += timeout / 2

    with monkeypatch.context() as patched:
        patched.setattr(lanes_module, "time", SimpleNamespace(monotonic=lambda: now))
        patched.setattr(threading.Thread, "join", join)
        assert not lanes.join(8.0)
    assert waits == [8.0, 4.0, 2.0, 1.0]
    release.set()
    assert lanes.join(10)
