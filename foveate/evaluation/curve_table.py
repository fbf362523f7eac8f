"""The accuracy-compute curve as a table for people."""

from collections.abc import Iterator

from foveate.evaluation.calibrate import Calibration

_DEFAULT, _OTHER = "*", " "


def curve_lines(calibration: Calibration, full: int) -> Iterator[str]:
    """A line a setting, an asterisk before the default.

    Args:
        calibration: the curve.
        full: multiply-adds of the last answer.
    """
    score = "accuracy" if calibration.labelled else "agreement with the last answer"
    yield "G = 10^9 multiply-adds of a video in the mean; left = per cent of the videos, by answer"
    yield f"  setting         G  of full  {score}  left"
    for number, point in enumerate(calibration.curve):
        mark = _DEFAULT if number == calibration.default else _OTHER
        left = " ".join(f"{100 * share:3.0f}" for share in point.shares)
        yield (
            f"{mark} {number:7}  {point.cost / 1e9:8.6g}  {point.cost / full:6.1%}  "
            f"{point.accuracy:{len(score)}.2%}  {left}"
        )
