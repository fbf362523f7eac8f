"""Letting go of a build that is interrupted.

Handlers of signals run on the main thread. While a library builds there, they run in the midst of its
messages to us, and whatever they raise is lost in it. So it builds on a thread of its own, and the caller's
waits.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

_LOOK_S = 0.2
_STOP_S = 10.0
"""How long a build that was told to stop is waited for; it looks after each step, which takes well below a
second. One that still goes on is left to itself: it ends with the process."""

Result = TypeVar("Result")


def interruptible(work: Callable[[threading.Event], Result]) -> Result:
    """Do work on a thread of its own and wait for it; an interrupt of the wait stops it.

    Args:
        work: given an event, set when it shall stop.

    Returns:
        What the work returns; what it raises is raised.
    """
    stop, future = threading.Event(), Future[Result]()

    def run() -> None:
        try:
            future.set_result(work(stop))
        except BaseException as error:  # the thread's last act: the caller raises it
            future.set_exception(error)

    try:
        threading.Thread(target=run, name="engine-build", daemon=True).start()
        while not wait([future], _LOOK_S).done:
            pass
    except BaseException:
        stop.set()
        wait([future], _STOP_S)
        raise
    return future.result()


def monitor(library: Any, stop: threading.Event) -> Any:
    """A watcher of a build, by which the library stops after a step."""

    class Monitor(library.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            library.IProgressMonitor.__init__(self)

        def phase_start(self, phase: str, parent: str | None, steps: int) -> None:
            pass

        def phase_finish(self, phase: str) -> None:
            pass

        def step_complete(self, phase: str, step: int) -> bool:
            return not stop.is_set()

    return Monitor()
