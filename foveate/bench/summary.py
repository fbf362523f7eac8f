"""From the windows of a level to its figures."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from foveate.bench.caveats import caveats
from foveate.bench.journal import Record, Window
from foveate.bench.level import Measured
from foveate.bench.plan import LevelPlan
from foveate.bench.reply import Answer, Failure, Reason
from foveate.bench.schemas import (
    Accuracy,
    Distribution,
    Generator,
    Level,
    Refusals,
    Spent,
    Throughput,
    WindowFacts,
)
from foveate.bench.stability import ENOUGH, Rules

LATE_S = 0.010
"""A request sent later than this after it was due counts as late."""


def summarise(plan: LevelPlan, measured: Measured, rules: Rules) -> Level:
    """The figures of a level.

    Args:
        plan: of the load.
        measured: at least one window.
        rules: by which it was measured.
    """
    windows = measured.windows if plan.kind == "trace" else measured.windows[-ENOUGH:]
    answered = [pair for window in windows for pair in window.answered]
    failed = [failure for window in windows for failure in window.failed]
    latencies = [latency for window in windows for latency in window.latencies_s]
    seconds = sum(window.seconds for window in windows)
    level = Level(
        kind=plan.kind,
        load=plan.load,
        steady=measured.steady,
        windows=[_facts(window, rules) for window in measured.windows],
        reported_windows=len(windows),
        seconds=seconds,
        sent=sum(window.sent for window in windows),
        answered=len(answered),
        failed=dict(Counter(failure.what for failure in failed).most_common()),
        refused=_refusals(failed),
        timeouts=sum(failure.reason is Reason.TIMEOUT for failure in failed),
        in_flight_at_start=windows[0].in_flight[0],
        in_flight_at_end=windows[-1].in_flight[1],
        offered=None if plan.kind == "concurrency" else _offered(windows, seconds),
        throughput=_throughput(windows),
        latency_ms=distribution(latencies),
        watched=rules.watched,
        watched_ms=rules.latency_s(latencies) * 1000 if latencies else None,
        stages_ms=_stages(answer for _, answer in answered),
        overhead_ms=_overhead(answered),
        compute=_spent([answer for _, answer in answered]),
        accuracy=_accuracy(answered),
        generator=_generator(plan, windows, seconds),
        warnings=[],
    )
    return level.model_copy(update={"warnings": caveats(level)})


def distribution(seconds: Sequence[float]) -> Distribution | None:
    """Milliseconds of some seconds; None of none."""
    if not seconds:
        return None
    values = np.asarray(seconds, np.float64) * 1000
    p50, p90, p95, p99 = np.percentile(values, (50, 90, 95, 99)).tolist()
    return Distribution(
        count=len(values),
        mean=float(values.mean()),
        sd=float(values.std()),
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        max=float(values.max()),
    )


def _facts(window: Window, rules: Rules) -> WindowFacts:
    return WindowFacts(
        seconds=window.seconds,
        sent=window.sent,
        answered=len(window.answered),
        failed=len(window.failed),
        throughput=window.throughput,
        latency_ms=rules.latency_s(window.latencies_s) * 1000 if window.answered else None,
        in_flight_at_end=window.in_flight[1],
    )


def _throughput(windows: Sequence[Window]) -> Throughput:
    rates = [window.throughput for window in windows]
    seconds = sum(window.seconds for window in windows)
    return Throughput(
        mean=sum(len(window.answered) for window in windows) / seconds if seconds > 0 else 0.0,
        sd=float(np.std(rates)),
        min=min(rates),
        max=max(rates),
    )


def _refusals(failed: Iterable[Failure]) -> Refusals:
    refused = [failure for failure in failed if failure.reason is Reason.REFUSED]
    told = [failure.retry_after_s for failure in refused if failure.retry_after_s is not None]
    return Refusals(
        count=len(refused),
        with_retry_after=len(told),
        retry_after_mean_s=float(np.mean(told)) if told else None,
        retry_after_max_s=max(told, default=None),
    )


def _stages(answers: Iterable[Answer]) -> dict[str, Distribution]:
    seconds: dict[str, list[float]] = {}
    for answer in answers:
        for name, value in answer.stages_ms.items():
            seconds.setdefault(name, []).append(value / 1000)
    found = {name: distribution(values) for name, values in seconds.items()}
    return {name: value for name, value in found.items() if value is not None}


def _overhead(answered: Iterable[tuple[Record, Answer]]) -> Distribution | None:
    return distribution(
        [
            record.ended - record.sent - answer.stages_ms["total"] / 1000
            for record, answer in answered
            if "total" in answer.stages_ms
        ]
    )


def _spent(answers: Sequence[Answer]) -> Spent | None:
    if not answers:
        return None
    return Spent(
        gflops=float(np.mean([answer.gflops for answer in answers])),
        gflops_nominal=float(np.mean([answer.gflops_nominal for answer in answers])),
        degraded=float(np.mean([answer.degraded for answer in answers])),
        exits=dict(Counter(answer.exit for answer in answers).most_common()),
        answers=dict(sorted(Counter(answer.answers for answer in answers).items())),
    )


def _accuracy(answered: Iterable[tuple[Record, Answer]]) -> Accuracy | None:
    right = [record.label == answer.index for record, answer in answered if record.label is not None]
    if not right:
        return None
    return Accuracy(labelled=len(right), correct=sum(right), top1=sum(right) / len(right))


def _offered(windows: Sequence[Window], seconds: float) -> float:
    due = sum(window.sent + window.unsent for window in windows)
    due += windows[-1].overdue[1] - windows[0].overdue[0]
    return due / seconds if seconds > 0 else 0.0


def _generator(plan: LevelPlan, windows: Sequence[Window], seconds: float) -> Generator:
    records = (
        [] if plan.kind == "concurrency" else [record for window in windows for record in window.records]
    )
    lags = [record.sent - record.due for record in records]
    return Generator(
        cpu_share=sum(window.client_cpu_s for window in windows) / seconds if seconds > 0 else 0.0,
        lag_ms=distribution(lags),
        late=sum(lag > LATE_S for lag in lags),
        unsent=sum(window.unsent for window in windows) + windows[-1].overdue[1],
    )
