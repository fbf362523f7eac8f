import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from foveate.evaluation.curve_picture import draw_curves
from foveate.evaluation.metric import Metric
from foveate.pictures.canvas import COLOURS
from tests.evaluation.reports import GIGA, made_scored

SOLID, DASHED, DOTTED = "-", "--", ":"


def drawn(axes: Axes, colour: str) -> dict[str, list[tuple[float, float]]]:
    """Points of the lines of a colour, by their style."""
    lines = [
        line for line in axes.lines if line.get_color() == colour and len(np.asarray(line.get_xdata())) > 1
    ]
    return {
        str(line.get_linestyle()): list(map(tuple, np.asarray(line.get_xydata()).tolist())) for line in lines
    }


def test_a_line_for_each_curve_in_the_colour_of_its_bundle() -> None:
    figure = draw_curves([made_scored("a 1"), made_scored("b 1", 40 * GIGA, 80, system="other")], Metric.TOP1)
    (axes,) = figure.axes
    first, second = (drawn(axes, colour) for colour in COLOURS[:2])
    assert first[SOLID] == [(10, 50), (20, 70)]
    assert first[DASHED] == [(5, 71), (10, 72), (15, 73)]
    assert [cost for cost, _ in first[DOTTED]] == [10.4, 17.5]
    assert second[SOLID] == [(20, 60), (40, 80)]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a 1", "b 1"]
    assert [to_hex(line.get_color()) for line in legend.get_lines()] == list(COLOURS[:2])


def test_what_is_said_beside() -> None:
    figure = draw_curves([made_scored("a 1")], Metric.MAP)
    (axes,) = figure.axes
    assert axes.get_title() == "a 1, 3 videos"
    assert "multiply-adds" in axes.get_xlabel()
    assert axes.get_ylabel() == "mAP (%)"
    assert {text.get_text() for text in axes.texts} == {"dense 60 G", "0.52", "0.88"}
    points = [np.asarray(line.get_xydata()).tolist() for line in axes.lines]
    assert [[x for x, _ in line] for line in points if [y for _, y in line] == [0, 1]] == [[60, 60]]
    assert axes.get_legend() is None
    kinds = [text.get_text() for text in figure.legends[0].get_texts()]
    assert kinds == ["stopping at an answer", "exit settings (filled: default)", "shares of patches kept"]


def test_the_default_exit_is_told_from_the_others() -> None:
    (axes,) = draw_curves([made_scored()], Metric.TOP1).axes
    faces = {
        tuple(np.asarray(marks.get_offsets())[0].tolist()): to_hex(np.asarray(marks.get_facecolor())[0])
        for marks in axes.collections
    }
    assert [faces[place] for place in ((5, 71), (10, 72), (15, 73))] == [COLOURS[0], "#ffffff", "#ffffff"]


def test_patch_sides_alone() -> None:
    found = [made_scored(f"p{p}", p * GIGA / 10, 60 + p / 10, curves=False) for p in (160, 96, 128)]
    figure = draw_curves(found, Metric.TOP1)
    (axes,) = figure.axes
    (line,) = (line for line in axes.lines if len(np.asarray(line.get_xdata())) == 3)
    assert np.asarray(line.get_xydata()).tolist() == [[9.6, 69.6], [12.8, 72.8], [16, 76]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "bundles of one system",
        "as answered",
    ]
