"""Gauges and counters that other parts of the server keep, read off whenever metrics are asked for."""

import platform
from collections.abc import Iterator
from typing import Protocol

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from foveate import __version__
from foveate.engine.messages import Stage
from foveate.runtimes.base import RuntimeInfo
from foveate.video.settings import PoolStats

_LEVELS = {
    "ready": "1 where the server takes work, 0 where it does not.",
    "requests_in_flight": "Requests that upload, wait or are worked on: the next two are among them.",
    "requests_uploading": "Requests whose body is still coming.",
    "requests_waiting": "Requests whose body is complete and which wait for their turn.",
    "bytes_in_flight": "Bytes of uploads that are held, or may come at once.",
    "uploads_waiting": "Uploads under way that are not read until there is room for more bytes.",
    "videos_in_engine": "Videos that are decoded and not yet answered.",
    "longest_batch_seconds": "Age of the oldest batch that is running; 0 without one.",
    "pages": "Frames of shared memory between decoders and lanes.",
    "pages_free": "Frames of shared memory that no video holds.",
    "pages_waiting": "Videos that wait for frames of shared memory.",
    "upload_files": "Files of uploads that are not decoded yet.",
}
_DEPTHS = "Frames, patches and steps that wait for a lane."
_DECODE_LEVELS = {
    "workers": "Decoders there should be.",
    "alive": "Decoders that are ready or busy.",
    "busy": "Videos that are being decoded.",
    "waiting": "Videos that wait for a decoder.",
}
_DECODE_COUNTERS = {
    "decoded": "Videos that were decoded.",
    "refused": "Videos that could not be decoded, or were beyond a limit.",
    "cancelled": "Videos that were given up while they were decoded.",
    "timeouts": "Decoders that were killed for taking too long.",
    "crashes": "Decoders that ended by themselves.",
    "restarts": "Decoders started in place of ones that were killed or ended.",
    "recycled": "Decoders replaced because of their age.",
    "decoded_on_gpu": "Videos that a GPU's decoder did.",
    "fell_back": "Videos that a GPU's decoder was given and did not do.",
}


class State(Protocol):
    """What is read when metrics are asked for."""

    @property
    def runtime(self) -> RuntimeInfo:
        """What runs the graphs."""
        ...

    def levels(self) -> dict[str, float]:
        """Gauges without labels, by name."""
        ...

    def depths(self) -> dict[tuple[str, Stage], int]:
        """Units waiting, by bundle and stage."""
        ...

    def decode_stats(self) -> PoolStats:
        """What the decode pool is doing and has done."""
        ...


class Levels(Collector):
    """Reads a state whenever it is collected."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Every gauge and counter of the state, and what runs here."""
        yield self._build()
        for name, value in self._state.levels().items():
            yield GaugeMetricFamily(f"foveate_{name}", _LEVELS[name], value)
        depth = GaugeMetricFamily("foveate_queue_units", _DEPTHS, labels=["model", "stage"])
        for (model, stage), count in self._state.depths().items():
            depth.add_metric([model, stage.value], count)
        yield depth
        stats = self._state.decode_stats()
        for name, text in _DECODE_LEVELS.items():
            yield GaugeMetricFamily(f"foveate_decode_{name}", text, getattr(stats, name))
        for name, text in _DECODE_COUNTERS.items():
            yield CounterMetricFamily(f"foveate_decode_{name}", text, getattr(stats, name))

    def _build(self) -> Metric:
        runtime = self._state.runtime
        facts = {
            "version": __version__,
            "python": platform.python_version(),
            "runtime": runtime.name,
            "device": runtime.device,
        }
        return InfoMetricFamily("foveate_build", "What runs here; always 1.", facts)
