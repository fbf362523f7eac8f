from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.patches import Rectangle

from foveate.evaluation.class_picture import draw_classes
from foveate.evaluation.curve_picture import draw_curves
from foveate.evaluation.metric import Metric
from foveate.evaluation.report import ClassScore
from tests.evaluation.reports import made_report, made_scored


def widths(axes_patches: object) -> list[float]:
    return [bar.get_width() for bar in axes_patches if isinstance(bar, Rectangle)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("metric", "bars", "names", "left_out"),
    [
        (Metric.MAP, [20, 75, 90], ["only ever second (0)", "run, fast (2)", "sit (1)"], 1),
        (Metric.TOP1, [0, 50], ["sit (1)", "run, fast (2)"], 2),
    ],
)
def test_a_bar_a_class_the_best_on_top(
    metric: Metric, bars: list[float], names: list[str], left_out: int
) -> None:
    figure = draw_classes([made_scored()], metric)
    (axes,) = figure.axes
    assert widths(axes.patches) == bars
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    assert figure.get_supxlabel() == f"classes without a video, left out: {left_out}"


def test_a_column_a_bundle_in_the_order_of_the_first() -> None:
    report = made_report("b 1")
    turned = [replace(one, average_precision=100 - one.average_precision) for one in report.classes]
    second = replace(made_scored("b 1"), report=replace(report, classes=tuple(turned)))
    figure = draw_classes([made_scored("a 1"), second], Metric.MAP)
    assert [widths(axes.patches) for axes in figure.axes] == [[20, 75, 90], [80, 25, 10]]
    assert [axes.get_title() for axes in figure.axes] == ["a 1\nmAP 60.0 %", "b 1\nmAP 60.0 %"]


def test_a_dollar_is_no_formula(tmp_path: Path) -> None:
    classes = (ClassScore(0, "win $1_{ and $2", 1, 1.0, 1.0),)
    one = replace(made_scored("a $_{$ 1"), report=replace(made_report(), classes=classes))
    draw_classes([one], Metric.MAP).savefig(tmp_path / "classes.svg")
    assert "<!-- win $1_{ and $2 (1) -->" in (tmp_path / "classes.svg").read_text()
    draw_curves([one, one], Metric.MAP).savefig(tmp_path / "curves.svg")
    assert "<!-- a $_{$ 1 -->" in (tmp_path / "curves.svg").read_text()


def test_many_classes_make_a_long_picture_and_long_names_are_cut() -> None:
    classes = tuple(ClassScore(n, "word " * 10, 1, 1.0, 1.0 + n) for n in range(40))
    one = replace(made_scored(), report=replace(made_report(), classes=classes))
    figure = draw_classes([one], Metric.TOP1)
    assert figure.get_figheight() > 2 * draw_classes([made_scored()], Metric.TOP1).get_figheight()
    assert figure.axes[0].get_yticklabels()[0].get_text() == "word word word word word wo… (1)"
