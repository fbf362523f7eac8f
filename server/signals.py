"""Signals beside those that uvicorn knows of."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def heeding(number: int, handler: Handler) -> Iterator[None]:
    """Have a signal handled meanwhile; one that is ignored, as nohup has it, goes on being ignored."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(number) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
