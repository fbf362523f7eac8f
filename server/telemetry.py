"""Prometheus metrics, in a registry of their own."""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from foveate.engine.messages import Stage
from foveate.engine.units import Batch
from server.levels import Levels, State
from server.model import name_of
from server.schemas import Classification

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_REQUEST_SECONDS = (*_SECONDS, 120, 300)
"""Beyond the deadline that requests have by default."""

_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_COSTS = (1e8, 3e8, 1e9, 2e9, 3e9, 5e9, 1e10, 2e10, 3e10, 5e10, 1e11, 2e11, 3e11, 1e12)
_REASONS = ("gone", "deadline")
_OUTCOMES = ("exchanged", "unchanged", "failed")


class Telemetry:
    """All metrics of one server. May be told of batches from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # A sample more for every counter and histogram, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        # Of this process; decoders are processes of their own.
        ProcessCollector(registry=self.registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"foveate_{name}", text, labels, registry=self.registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"foveate_{name}", text, labels, registry=self.registry, buckets=buckets)

        self._requests = counter(
            "requests",
            "Requests by route, model (empty where none was asked) and status (499: client gone).",
            *("route", "model", "status"),
        )
        self._upload_bytes = counter("upload_bytes", "Bytes of bodies received.")
        self._request_s = histogram("request_seconds", "From arrival to answer.", _REQUEST_SECONDS, "route")
        self._stage_s = histogram(
            "stage_seconds", "Wall time of a video's stage.", _REQUEST_SECONDS, "model", "stage"
        )
        self._cost = histogram(
            "video_multiply_adds", "Multiply-adds of a video, executed or nominal.", _COSTS, "model", "kind"
        )
        self._degraded = counter("degraded", "Videos given less compute because of load.", "model")
        self._cancelled = counter("cancelled", "Videos abandoned, by reason (gone, deadline).", "reason")
        self._batches = counter("batches", "Batches run.", "model", "stage", "closed_by")
        self._failed = counter("failed_batches", "Batches in which a network failed.", "model", "stage")
        self._batch_size = histogram("batch_units", "Units in a batch.", _COUNTS, "model", "stage")
        self._batch_s = histogram("batch_seconds", "Time of a batch.", _SECONDS, "model", "stage")
        self._exchanges = counter(
            "exchanges", "Times that bundles were read anew (exchanged, unchanged, failed).", "outcome"
        )
        for reason in _REASONS:
            self._cancelled.labels(reason)
        for outcome in _OUTCOMES:
            self._exchanges.labels(outcome)

    def expect(self, model: str, stages: Iterable[Stage]) -> None:
        """Count what may go wrong with a model from 0 on: a rate needs a sample before the first event.

        Args:
            model: that is served.
            stages: that it has.
        """
        self._degraded.labels(model)
        for stage in stages:
            self._failed.labels(model, stage.value)

    def watch(self, state: State) -> None:
        """Read gauges off a service whenever metrics are asked for."""
        self.registry.register(Levels(state))

    def batch(self, batch: Batch, seconds: float, failed: bool) -> None:
        """A batch ended; see ``foveate.engine.engine.Observer``."""
        model, stage = name_of(batch.key.bundle), batch.key.stage.value
        self._batches.labels(model, stage, batch.closed_by.value).inc()
        self._batch_size.labels(model, stage).observe(len(batch.units))
        self._batch_s.labels(model, stage).observe(seconds)
        if failed:
            self._failed.labels(model, stage).inc()

    def request(self, route: str, status: int, seconds: float, model: str = "") -> None:
        """A request ended.

        Args:
            route: that it matched.
            status: of its answer.
            seconds: from its arrival.
            model: a served one that it was for, if any.
        """
        self._requests.labels(route, model, str(status)).inc()
        self._request_s.labels(route).observe(seconds)

    def received(self, count: int) -> None:
        """Bytes of a body were received."""
        self._upload_bytes.inc(count)

    def abandoned(self, reason: str) -> None:
        """A video was given up before it was answered."""
        self._cancelled.labels(reason).inc()

    def answered(self, answer: Classification) -> None:
        """A video was answered."""
        model = answer.model.name
        for stage, milliseconds in answer.timing_ms.model_dump().items():
            self._stage_s.labels(model, stage).observe(milliseconds / 1000)
        self._cost.labels(model, "executed").observe(answer.compute.gflops * 1e9)
        self._cost.labels(model, "nominal").observe(answer.compute.gflops_nominal * 1e9)
        if answer.compute.degraded:
            self._degraded.labels(model).inc()

    def exchanged(self, outcome: str) -> None:
        """The bundles were read anew: exchanged, unchanged or failed."""
        self._exchanges.labels(outcome).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self.registry)
