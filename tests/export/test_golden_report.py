import numpy as np
import pytest

from export.golden_report import Line, cannot, difference


def test_a_line_tells_how_far_off_and_how_far_it_may_be() -> None:
    good, bad = Line("set", "pred", "torch", 1e-6, 1e-3), Line("set", "pred", "engine", 0.5, 1e-3)
    assert good.met
    assert good.text().split() == ["set", "pred", "torch", "1.0e-06", "of", "1.0e-03", "ok"]
    assert not bad.met
    assert bad.text().endswith("MISS")


def test_what_cannot_be_run_is_a_miss() -> None:
    line = cannot("set", "onnx", "no exporter yet")
    assert not line.met
    assert line.text().endswith("MISS no exporter yet")


@pytest.mark.parametrize(
    ("found", "wanted", "error"),
    [
        ([1, 2], [1, 2], 0.0),
        ([1.0, 2.5], [1, 2], 0.5),
        ([1], [1, 2], np.inf),
        ([np.nan], [1.0], np.inf),
        ([], [], 0.0),
    ],
)
def test_differences(found: list[float], wanted: list[float], error: float) -> None:
    assert difference(found, wanted) == error
