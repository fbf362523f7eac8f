"""The report for people: a line a level, the server's stages, and what puts figures in doubt."""

from collections.abc import Iterator, Sequence

from foveate.bench.plan import level_name
from foveate.bench.schemas import Distribution, Found, Level, Report


def text_of(report: Report) -> str:
    """The report as text of fixed columns."""
    return "\n".join(_lines(report))


def stage_names(levels: Sequence[Level]) -> list[str]:
    """All stages that the server told of, in its order."""
    return list(dict.fromkeys(name for level in levels for name in level.stages_ms))


def _lines(report: Report) -> Iterator[str]:
    model, inputs = report.setup.model, report.setup.inputs
    runtime = f"{model.runtime.name} on {model.runtime.device}"
    posted = f"{inputs.count} input{'s' if inputs.count != 1 else ''}"
    yield f"{model.name} {model.version} at {report.setup.url}: {runtime}, {posted}"
    if not report.levels:
        yield "nothing was measured"
        return
    yield ""
    yield from _columns([_HEADING, *map(_row, report.levels)])
    stages = stage_names(report.levels)
    if stages:
        yield ""
        yield "milliseconds in the server, mean (p99); overhead: the client's time less the server's total"
        heading = ["", *stages, "overhead"]
        yield from _columns([heading, *(_stage_row(level, stages) for level in report.levels)])
    yield from _notes(report)


_HEADING = [
    "", "answers/s", "min-max", "mean ms", "p50", "p90", "p95", "p99", "max",
    "failed", "429", "GFLOPs", "nominal", "top-1", "steady",
]  # fmt: skip


def _row(level: Level) -> list[str]:
    latency, spent, accuracy = level.latency_ms, level.compute, level.accuracy
    quantiles = (
        [latency.mean, latency.p50, latency.p90, latency.p95, latency.p99, latency.max]
        if latency
        else [None] * 6
    )
    return [
        level_name(level.kind, level.load),
        f"{level.throughput.mean:.2f}",
        f"{level.throughput.min:.2f}-{level.throughput.max:.2f}",
        *(_number(value) for value in quantiles),
        str(sum(level.failed.values()) - level.refused.count),
        str(level.refused.count),
        _number(spent.gflops if spent else None),
        _number(spent.gflops_nominal if spent else None),
        f"{accuracy.top1:.1%}" if accuracy else "-",
        {True: "yes", False: "NO", None: "-"}[level.steady],
    ]


def _stage_row(level: Level, stages: Sequence[str]) -> list[str]:
    values = [level.stages_ms.get(name) for name in stages]
    return [level_name(level.kind, level.load), *(_pair(value) for value in [*values, level.overhead_ms])]


def _notes(report: Report) -> Iterator[str]:
    yield ""
    yield "GFLOPs are G multiply-adds a video, executed and nominal (as the papers count)."
    if report.setup.model.notice:
        yield report.setup.model.notice
    for level in report.levels:
        for warning in level.warnings:
            yield f"{level_name(level.kind, level.load)}: {warning}"
    if report.found:
        yield _found(report.found)
    if report.ended == "latency-limit":
        yield "The sweep ended here: the latency limit is exceeded."
    if report.ended == "interrupted":
        yield "Interrupted: this is what was measured until then."


def _found(found: Found) -> str:
    within = f"{found.watched} within {found.limit_ms:g} ms"
    if found.borne is None:
        return f"Not even {found.too_much:g}/s is borne with {within}."
    known = "the highest that was tried" if found.too_much is None else f"{found.too_much:g}/s is too much"
    return f"{found.borne:g}/s is borne with {within}; {known}."


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *others])


def _pair(value: Distribution | None) -> str:
    return f"{value.mean:.1f} ({value.p99:.1f})" if value else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"
