"""A picture of latency against throughput."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foveate.bench.schemas import Level, Report
from foveate.pictures.canvas import COLOURS, GREY, sheet

_CURVES = tuple(zip(("p50", "p95", "p99"), COLOURS, ("o", "s", "^"), strict=False))


def draw(report: Report) -> Figure:
    """Draw a curve for each of three percentiles, a point a level; levels that are not steady are hollow.

    Args:
        report: of a measurement.
    """
    figure = sheet()
    axes = figure.add_subplot()
    levels = [level for level in report.levels if level.latency_ms is not None]
    for name, colour, marker in _CURVES:
        _curve(axes, levels, name, colour, marker)
    for level in levels:
        assert level.latency_ms is not None
        axes.annotate(
            f"{level.load:g}",
            (level.throughput.mean, level.latency_ms.p50),
            textcoords="offset points",
            xytext=(0, -14),
            ha="center",
            fontsize=8,
        )
    _words(axes, report, levels)
    return figure


def _curve(axes: Axes, levels: list[Level], name: str, colour: str, marker: str) -> None:
    points = [(level.throughput.mean, getattr(level.latency_ms, name), level.steady) for level in levels]
    axes.plot([x for x, _, _ in points], [y for _, y, _ in points], color=colour, linewidth=1.2, zorder=1)
    axes.plot([], [], color=colour, marker=marker, label=name)
    for x, y, steady in points:
        face = "white" if steady is False else colour
        axes.scatter([x], [y], marker=marker, s=36, facecolors=face, edgecolors=colour, zorder=2)


def _words(axes: Axes, report: Report, levels: list[Level]) -> None:
    model, host = report.setup.model, report.setup.host
    kind = {
        "concurrency": "clients in a closed loop",
        "rate": "requests due a second",
        "trace": "speed of the trace",
    }
    axes.set_title(f"{model.name} {model.version}, {model.runtime.name}", fontsize=11)
    axes.set_xlabel("throughput (answers/s)")
    axes.set_ylabel("latency (ms)")
    axes.margins(0.08)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if levels:
        small = f"numbers at the points: {kind[levels[0].kind]}; hollow: not steady; generator on {host.cpu}"
        axes.text(0.0, -0.16, small, transform=axes.transAxes, fontsize=7, color=GREY)
        axes.legend(loc="upper left", frameon=False)
