"""A picture of how right a bundle is on each class."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foveate.evaluation.comparison import Scored
from foveate.evaluation.metric import Metric
from foveate.evaluation.report import ClassScore
from foveate.pictures.canvas import COLOURS, GREY, sheet

_ROW_INCHES = 0.19
_LEAST_INCHES = 2.5
_LONGEST = 28


def draw_classes(found: Sequence[Scored], metric: Metric) -> Figure:
    """Draw a bar a class, the best on top, in a column a bundle; the first bundle gives the order.

    Classes that no video has as its first label are left out, and counted below.

    Args:
        found: at least one; bundles of the same classes.
        metric: what is drawn.
    """
    first = found[0].report.classes
    shown = [one for one in first if metric.of_class(one) is not None]
    shown.sort(key=lambda one: metric.of_class(one) or 0.0)
    height = max(_LEAST_INCHES, 1.3 + _ROW_INCHES * len(shown))
    figure = sheet(4.5 + 2.8 * (len(found) - 1) + 2, height)
    columns = figure.subplots(1, len(found), sharey=True, squeeze=False)[0]
    for number, (axes, one) in enumerate(zip(columns, found, strict=True)):
        _bars(axes, one, shown, metric, COLOURS[number % len(COLOURS)])
    # A dollar in a name is a dollar, and no formula.
    columns[0].set_yticks(range(len(shown)), [_named(one) for one in shown], fontsize=8, parse_math=False)
    columns[0].set_ylim(-0.7, len(shown) - 0.3)
    if left_out := len(first) - len(shown):
        figure.supxlabel(f"classes without a video, left out: {left_out}", fontsize=8, color=GREY)
    return figure


def _bars(axes: Axes, one: Scored, shown: Sequence[ClassScore], metric: Metric, colour: str) -> None:
    by_index = {entry.index: entry for entry in one.report.classes}
    values = [metric.of_class(by_index[entry.index]) or 0.0 for entry in shown]
    bars = axes.barh(range(len(shown)), values, height=0.72, color=colour)
    axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=3, fontsize=7, color=GREY)
    axes.axvline(metric.of(one.report.scores), color=GREY, linestyle="--", linewidth=0.8, zorder=0)
    axes.set_title(
        f"{one.title}\n{metric.words} {metric.of(one.report.scores):.1f} %", fontsize=10, parse_math=False
    )
    axes.set_xlabel(f"{metric.class_words} (%)", fontsize=9)
    axes.set_xlim(0, 112)
    axes.set_xticks(range(0, 101, 25))
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _named(one: ClassScore) -> str:
    name = one.label if len(one.label) <= _LONGEST else one.label[: _LONGEST - 1] + "…"
    return f"{name} ({one.videos})"
