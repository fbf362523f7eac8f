"""When a level has been measured for long enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foveate.bench.journal import Window

ENOUGH = 3
"""Windows that must agree."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How long to measure a level.

    Attributes:
        warmup_s: seconds dropped at its start.
        window_s: seconds of a window; None where requests are counted.
        window_requests: requests that end in a window; None where seconds are.
        most: windows at most.
        within: share by which a window may lie off the mean of the last three; 0.1 is ten per cent.
        percentile: of latency that must be steady, None for the mean.
    """

    warmup_s: float
    window_s: float | None
    most: int
    within: float
    percentile: float | None
    window_requests: int | None = None

    @property
    def watched(self) -> str:
        """Name of the latency that is watched."""
        return "mean" if self.percentile is None else f"p{self.percentile:g}"

    def is_sliver(self, window: Window) -> bool:
        """Whether a window that was cut short is less than half of one."""
        if self.window_s is not None:
            return window.seconds < self.window_s / 2
        return len(window.records) < (self.window_requests or 0) / 2

    def latency_s(self, seconds: Sequence[float]) -> float:
        """The latency that is watched, of some requests; NaN of none."""
        if not seconds:
            return float("nan")
        return float(np.mean(seconds) if self.percentile is None else np.percentile(seconds, self.percentile))


def steady(windows: Sequence[Window], rules: Rules) -> bool:
    """Whether throughput and latency of the last three windows agree."""
    last = windows[-ENOUGH:]
    if len(last) < ENOUGH:
        return False
    return _agree([window.throughput for window in last], rules.within) and _agree(
        [rules.latency_s(window.latencies_s) for window in last], rules.within
    )


def _agree(values: Sequence[float], within: float) -> bool:
    # NaN, of a window without an answer, agrees with nothing.
    mean = float(np.mean(values))
    return all(abs(value - mean) <= within * mean for value in values)
