import os
import signal
import threading
from collections.abc import Iterator

import pytest

from server.signals import heeding


@pytest.fixture
def seen() -> Iterator[list[int]]:
    """Whom the signal reached instead of ending the tests."""
    others: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: others.append(number))
    yield others
    signal.signal(signal.SIGHUP, before)


def test_a_signal_is_handled_meanwhile(seen: list[int]) -> None:
    ours: list[int] = []
    with heeding(signal.SIGHUP, lambda number, _: ours.append(number)):
        os.kill(os.getpid(), signal.SIGHUP)
        assert (ours, seen) == ([signal.SIGHUP], [])
    os.kill(os.getpid(), signal.SIGHUP)
    assert (ours, seen) == ([signal.SIGHUP], [signal.SIGHUP])


def test_what_is_ignored_stays_so(seen: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with heeding(signal.SIGHUP, lambda number, _: seen.append(number)):
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert seen == []


def test_a_thread_leaves_it_alone(seen: list[int]) -> None:
    def run() -> None:
        with heeding(signal.SIGHUP, lambda number, _: None):
            handlers.append(signal.getsignal(signal.SIGHUP))

    handlers: list[object] = []
    before = signal.getsignal(signal.SIGHUP)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [before]
