"""A picture of accuracy against compute, as the papers of the family show it."""

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from foveate.evaluation.comparison import Scored
from foveate.evaluation.curves import Curve, Kind, curves_of, sides
from foveate.evaluation.metric import Metric
from foveate.pictures.canvas import COLOURS, GREY, sheet

_GIGA = 1e9
_STYLES: dict[Kind, tuple[Literal["-", "--", ":", "none"], str]] = {
    Kind.ANSWERS: ("-", "o"),
    Kind.EXITS: ("--", "s"),
    Kind.KEEP: (":", "^"),
    Kind.WHOLE: ("none", "D"),
}
_SIZES = {Kind.ANSWERS: 24, Kind.EXITS: 20, Kind.KEEP: 40, Kind.WHOLE: 46}
_SMALL = 8


def draw_curves(found: Sequence[Scored], metric: Metric) -> Figure:
    """Draw the curves of each bundle in a colour of its own, and where the dense network would be.

    Args:
        found: at least one.
        metric: what is drawn against the mean G multiply-adds that the papers count.
    """
    figure = sheet()
    axes = figure.add_subplot()
    kinds: dict[Kind, None] = {}
    for curve in sides(found, metric):
        axes.plot(*_places(curve), color=GREY, linewidth=5, alpha=0.25, zorder=1, solid_capstyle="round")
        kinds[curve.kind] = None
    for number, one in enumerate(found):
        for curve in curves_of(one.report, metric):
            _curve(axes, curve, COLOURS[number % len(COLOURS)])
            kinds[curve.kind] = None
    _words(axes, found, metric)
    _dense(axes, found)
    _legend(figure, axes, found, list(kinds))
    return figure


def _places(curve: Curve) -> tuple[list[float], list[float]]:
    return [mark.cost for mark in curve.marks], [mark.score for mark in curve.marks]


def _curve(axes: Axes, curve: Curve, colour: str) -> None:
    style, marker = _STYLES[curve.kind]
    axes.plot(*_places(curve), color=colour, linestyle=style, linewidth=1.4, zorder=2)
    for mark in curve.marks:
        hollow = curve.kind is Kind.EXITS and not mark.chosen
        face = "white" if hollow else colour
        axes.scatter(
            [mark.cost],
            [mark.score],
            s=_SIZES[curve.kind],
            marker=marker,
            facecolors=face,
            edgecolors=colour,
            zorder=3,
        )
        if mark.note:
            axes.annotate(
                mark.note,
                (mark.cost, mark.score),
                textcoords="offset points",
                xytext=(0, 6),
                ha="center",
                fontsize=_SMALL,
                color=colour,
                zorder=4,
                bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5},
            )


def _words(axes: Axes, found: Sequence[Scored], metric: Metric) -> None:
    counts = {one.report.videos for one in found}
    videos = f"{counts.pop()} videos" if len(counts) == 1 else f"{min(counts)} to {max(counts)} videos"
    several = f"{len(found)} bundles" if len(found) > 1 else found[0].title
    axes.set_title(f"{several}, {videos}", fontsize=11, parse_math=False)
    axes.set_xlabel("mean G multiply-adds a video, as the papers count them")
    axes.set_ylabel(f"{metric.words} (%)")
    axes.grid(alpha=0.3)
    axes.margins(0.08)


def _dense(axes: Axes, found: Sequence[Scored]) -> None:
    """A line at the cost of the focus network on every whole frame; how right that is, is not known."""
    for dense in sorted({one.report.dense for one in found}):
        axes.axvline(dense / _GIGA, color=GREY, linestyle=(0, (6, 4)), linewidth=1, zorder=0)
        axes.annotate(
            f"dense {dense / _GIGA:.3g} G",
            (dense / _GIGA, 0.98),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            xytext=(-4, 0),
            rotation=90,
            ha="right",
            va="top",
            fontsize=_SMALL,
            color=GREY,
        )
    axes.set_xlim(left=0)


def _legend(figure: Figure, axes: Axes, found: Sequence[Scored], kinds: Sequence[Kind]) -> None:
    """Which colour is which bundle, among the curves; which line is which kind, below."""
    several = len(found) > 1
    if several:
        bundles = [
            Line2D([], [], color=COLOURS[number % len(COLOURS)], linewidth=3, label=one.title)
            for number, one in enumerate(found)
        ]
        legend = axes.legend(handles=bundles, loc="best", fontsize=9, framealpha=0.85, edgecolor="none")
        for text in legend.get_texts():
            text.set_parse_math(False)
    lines = [_line(kind, GREY if several else COLOURS[0]) for kind in kinds]
    figure.legend(
        handles=lines, loc="outside lower center", ncols=min(3, len(lines)), frameon=False, fontsize=9
    )


def _line(kind: Kind, colour: str) -> Line2D:
    if kind is Kind.SIDES:
        return Line2D([], [], color=GREY, linewidth=5, alpha=0.25, label=kind.value)
    style, marker = _STYLES[kind]
    return Line2D(
        [],
        [],
        color=colour,
        linestyle=style,
        marker=marker,
        markerfacecolor="white" if kind is Kind.EXITS else colour,
        markersize=6,
        label=f"{kind.value} (filled: default)" if kind is Kind.EXITS else kind.value,
    )
