from foveate.bundle.vocabulary import Measure
from foveate.evaluation.calibrate import Calibration
from foveate.evaluation.curve_table import curve_lines
from foveate.evaluation.solver import Point
from tests.engine.systems import uni_tsm


def lines(labelled: bool) -> list[str]:
    exits = uni_tsm().exits
    assert exits is not None
    assert exits.measure is Measure.LARGEST_LOGIT
    curve = (Point((0.0, 0.0), (1.0, 0.0), 2.4e9, 0.5), Point((1.0, 0.0), (0.25, 0.75), 9.3e9, 0.625))
    return list(curve_lines(Calibration(curve, 1, labelled, exits), 12_000_000_000))


def test_a_line_a_setting_and_the_default_marked() -> None:
    head, names, first, second = lines(labelled=True)
    assert "multiply-adds" in head
    assert names.split() == ["setting", "G", "of", "full", "accuracy", "left"]
    assert first.split() == ["0", "2.4", "20.0%", "50.00%", "100", "0"]
    assert second.split() == ["*", "1", "9.3", "77.5%", "62.50%", "25", "75"]


def test_without_labels_the_score_is_called_what_it_is() -> None:
    assert "agreement with the last answer" in lines(labelled=False)[1]
