"""The report as CSV: a row a level, every figure a column."""

import csv
import io
from collections.abc import Sequence

from foveate.bench.schemas import Distribution, Level, Report
from foveate.bench.table import stage_names

Cell = str | int | float | bool | None


def csv_of(report: Report) -> str:
    """The levels as CSV with a heading line; what does not apply is empty."""
    stages = stage_names(report.levels)
    out = io.StringIO()
    rows = [_row(level, stages) for level in report.levels]
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def _row(level: Level, stages: Sequence[str]) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "kind": level.kind,
        "load": level.load,
        "steady": level.steady,
        "windows": len(level.windows),
        "seconds": level.seconds,
        "sent": level.sent,
        "answered": level.answered,
        "failed": sum(level.failed.values()),
        "refused": level.refused.count,
        "retry_after_mean_s": level.refused.retry_after_mean_s,
        "timeouts": level.timeouts,
        "in_flight_at_end": level.in_flight_at_end,
        "offered_per_s": level.offered,
        "throughput_per_s": level.throughput.mean,
        "throughput_sd": level.throughput.sd,
        "throughput_min": level.throughput.min,
        "throughput_max": level.throughput.max,
        **_distribution("latency", level.latency_ms),
        **_distribution("overhead", level.overhead_ms),
    }
    for stage in stages:
        row |= _distribution(f"server_{stage}", level.stages_ms.get(stage))
    return row | _compute(level) | _generator(level)


def _compute(level: Level) -> dict[str, Cell]:
    spent, accuracy = level.compute, level.accuracy
    return {
        "giga_multiply_adds": spent.gflops if spent else None,
        "giga_multiply_adds_nominal": spent.gflops_nominal if spent else None,
        "degraded_share": spent.degraded if spent else None,
        "labelled": accuracy.labelled if accuracy else 0,
        "top1": accuracy.top1 if accuracy else None,
    }


def _generator(level: Level) -> dict[str, Cell]:
    generator = level.generator
    return {
        "generator_cpu_share": generator.cpu_share,
        "generator_late": generator.late,
        "generator_unsent": generator.unsent,
        **_distribution("generator_lag", generator.lag_ms),
        "warnings": "; ".join(level.warnings),
    }


def _distribution(name: str, value: Distribution | None) -> dict[str, Cell]:
    parts = ("mean", "sd", "p50", "p90", "p95", "p99", "max")
    return {f"{name}_{part}_ms": getattr(value, part, None) for part in parts}
