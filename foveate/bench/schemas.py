"""The report of ``foveate bench`` as JSON.

Compute is in G multiply-adds; times are seconds unless a name ends in ``_ms``.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foveate.bench.facts import ServedModel

SCHEMA_VERSION: Literal[1] = 1
"""Raised when a field changes its meaning or goes; new fields leave it as it is."""


class _Schema(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Distribution(_Schema):
    """Of some milliseconds; percentiles are interpolated linearly."""

    count: int
    mean: float
    sd: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


class Throughput(_Schema):
    """Answers a second: over all reported windows together, and how far single ones lie apart."""

    mean: float
    sd: float
    min: float
    max: float


class Refusals(_Schema):
    """Answers 429."""

    count: int
    with_retry_after: int
    retry_after_mean_s: float | None
    retry_after_max_s: float | None


class Generator(_Schema):
    """What the load generator itself did."""

    cpu_share: float = Field(description="CPU seconds a second; it has one thread, so 1 is all it can have.")
    lag_ms: Distribution | None = Field(description="From due to sent; open loop.")
    late: int = Field(description="Requests sent more than ten milliseconds after they were due.")
    unsent: int = Field(
        description="Requests due and not sent: as many as allowed were under way, or the generator was "
        "behind."
    )


class Spent(_Schema):
    """Of the answers, in G multiply-adds a video."""

    unit: Literal["multiply-adds"] = "multiply-adds"
    gflops: float = Field(description="Executed, mean.")
    gflops_nominal: float = Field(description="What the papers count, mean.")
    degraded: float = Field(description="Share of answers given less compute than asked for (brown-out).")
    exits: dict[str, int] = Field(description="Answers by the reason for which the video ended.")
    answers: dict[int, int] = Field(description="Answers by the number of the step at which it did.")


class Accuracy(_Schema):
    """Top-1, of the answers to inputs with a label."""

    labelled: int
    correct: int
    top1: float


class WindowFacts(_Schema):
    """One window."""

    seconds: float
    sent: int
    answered: int
    failed: int
    throughput: float
    latency_ms: float | None = Field(description="The latency that is watched.")
    in_flight_at_end: int


class Level(_Schema):
    """What a level of load gave. All but ``windows`` is of the reported windows."""

    kind: Literal["concurrency", "rate", "trace"]
    load: float = Field(description="Clients, requests a second, or the speed of a trace.")
    steady: bool | None = Field(
        description="Whether throughput and watched latency of the last three windows agree; null where that "
        "was not asked (a trace) or the level was interrupted."
    )
    windows: list[WindowFacts] = Field(description="All that were measured.")
    reported_windows: int = Field(description="The last so many are reported: those that had to agree.")
    seconds: float
    sent: int
    answered: int
    failed: dict[str, int] = Field(description="By status and problem type; 429 and timeouts included.")
    refused: Refusals
    timeouts: int
    in_flight_at_start: int
    in_flight_at_end: int = Field(description="Under way when the level ended: of unknown latency.")
    offered: float | None = Field(description="Requests due a second; open loop.")
    throughput: Throughput
    latency_ms: Distribution | None = Field(
        description="Of the answers; from sending in a closed loop, from due in an open one."
    )
    watched: str = Field(description="The latency that must be steady: mean, or a percentile.")
    watched_ms: float | None
    stages_ms: dict[str, Distribution] = Field(description="The server's own times of each stage.")
    overhead_ms: Distribution | None = Field(description="From sent to answered, less the server's total.")
    compute: Spent | None
    accuracy: Accuracy | None
    generator: Generator
    warnings: list[str]


class Host(_Schema):
    """The machine of the load generator."""

    cpu: str
    cores: int = Field(description="That this process may use.")
    system: str


class Inputs(_Schema):
    """What was posted."""

    path: str = Field(description="Of the route.")
    count: int
    bytes: int
    labelled: int
    names: list[str] = Field(description="The first sixteen.")


class Setup(_Schema):
    """What is needed to measure the same again."""

    command: str
    started: str = Field(description="UTC, ISO 8601.")
    versions: dict[str, str]
    host: Host
    url: str
    headers: list[str] = Field(description="Names of those that every request had; values are not kept.")
    parameters: dict[str, str]
    model: ServedModel = Field(description="As the server tells it, with its runtime and device.")
    inputs: Inputs
    options: dict[str, str | bool | int | float | None] = Field(
        description="Every option, defaults included."
    )


class Found(_Schema):
    """The highest rate that the server bears within a latency: between two that were measured."""

    watched: str = Field(description="The latency: mean, or a percentile.")
    limit_ms: float
    borne: float | None = Field(description="Requests a second, the most that were borne; null for none.")
    too_much: float | None = Field(description="The least that were not; null where all were borne.")


class Report(_Schema):
    """Everything."""

    schema_version: Literal[1] = SCHEMA_VERSION
    setup: Setup
    levels: list[Level] = Field(description="In the order in which they were measured; of a search, by rate.")
    found: Found | None = Field(description="Of a search.")
    ended: Literal["complete", "latency-limit", "interrupted"]
