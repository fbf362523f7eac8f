"""Lane threads: each asks for a batch, runs it, and asks again."""

import os
import threading
import time
from collections.abc import Callable

_NICENESS = 10
"""Below the event loop's priority, so that a busy engine does not delay health checks and uploads."""

Work = Callable[[int], None]
"""What a lane does, given its number, until the engine closes."""


class DeviceLostError(BaseException):
    """The device fails whatever it is given.

    No ``Exception``: those are the fault of a batch, this ends a lane.
    """


class Lanes:
    """A fixed set of lane threads.

    Args:
        count: how many.
        work: run by each; returns when the engine closes.
        on_death: told the exception when ``work`` raises: the engine cannot be trusted after that.
    """

    def __init__(self, count: int, work: Work, on_death: Callable[[BaseException], None]) -> None:
        self._work = work
        self._on_death = on_death
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"lane-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def join(self, timeout: float) -> bool:
        """Wait for the threads to end, ``timeout`` seconds for all of them together; whether they did."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, number: int) -> None:
        try:
            # On Linux a thread's priority is its own when it is set by the thread's number.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
            self._work(number)
        except BaseException as error:  # the thread's last act: nobody else would hear of it
            self._on_death(error)
