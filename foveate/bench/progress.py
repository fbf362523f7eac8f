"""What is shown while a measurement runs."""

from typing import TextIO

from foveate.bench.journal import Window
from foveate.bench.stability import Rules

_CLEAR = "\r\x1b[K"


class Progress:
    """One line that renews itself on a terminal; elsewhere, finished lines only.

    Args:
        stream: to be written to.
        quiet: show nothing.
    """

    def __init__(self, stream: TextIO, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._live = stream.isatty() and not quiet

    @property
    def live(self) -> bool:
        """Whether there is a line to renew."""
        return self._live

    def show(self, text: str) -> None:
        """Renew the line."""
        if self._live:
            self._write(f"{_CLEAR}{text}")

    def done(self, text: str) -> None:
        """Leave a line for good."""
        if not self._quiet:
            self._write(f"{_CLEAR if self._live else ''}{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def window_line(name: str, number: int, window: Window, rules: Rules) -> str:
    """A window in one line."""
    latency = (
        f"{rules.watched} {rules.latency_s(window.latencies_s) * 1000:.1f} ms" if window.answered else "-"
    )
    failed = f", {len(window.failed)} failed" if window.failed else ""
    return f"{name}  window {number}: {window.throughput:.2f}/s, {latency}{failed}"
