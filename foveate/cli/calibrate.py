"""``foveate calibrate``: from the logits of calibration videos to a bundle with exits."""

import argparse
from pathlib import Path

NAME = "calibrate"
HELP = "solve a bundle's exits from the logits of calibration videos"

_MEASURES = {"largest-logit": "largest-logit", "entropy": "negative-entropy"}
_TOLERANCE = 0.005


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("folder", type=Path, metavar="BUNDLE", help="folder of the bundle")
    add(
        "data",
        type=Path,
        metavar="DATA",
        help=".npz file of logits (videos, answers, classes) and, if known, labels (videos)",
    )
    add(
        "--measure",
        choices=tuple(_MEASURES),
        default="largest-logit",
        help="of confidence: the largest raw logit (default), or minus the entropy of the softmax",
    )
    add(
        "--curve",
        metavar="RATIOS",
        help="points to solve: how many times as many videos leave at each answer as at the one before, as "
        "numbers and FIRST:LAST:STEP, by commas (default: all published sweeps in one)",
    )
    add(
        "--mean-gflops",
        type=float,
        metavar="G",
        help="solve a setting of this mean cost in 10^9 multiply-adds besides, and make it the default",
    )
    add(
        "--tolerance",
        type=float,
        default=_TOLERANCE,
        metavar="SHARE",
        help="else the default is the cheapest setting at most this much less accurate than the last answer "
        "(without labels: that agrees with it for all but this share; default: %(default)s)",
    )
    add("--out", type=Path, metavar="DIR", help="write a calibrated copy here (default: the bundle itself)")
    add("--force", action="store_true", help="replace a bundle that is at --out")


def run(args: argparse.Namespace) -> int:
    """Calibrate, print the curve, and write the bundle.

    Raises:
        FoveateError: whatever the caller can mend.
    """
    from foveate.bundle.load import load_bundle
    from foveate.bundle.vocabulary import Measure
    from foveate.evaluation.calibrate import Choices, calibrate, require_exits
    from foveate.evaluation.calibrated_bundle import check_place, write_exits
    from foveate.evaluation.calibration_data import read_calibration
    from foveate.evaluation.curve_table import curve_lines
    from foveate.evaluation.exit_curve import PUBLISHED_RATIOS, parse_ratios

    mean = None if args.mean_gflops is None else args.mean_gflops * 1e9
    choices = Choices(
        Measure(_MEASURES[args.measure]), parse_ratios(args.curve or PUBLISHED_RATIOS), mean, args.tolerance
    )
    bundle = load_bundle(args.folder)
    require_exits(bundle.manifest)
    check_place(bundle, args.out, args.force)
    calibration = calibrate(bundle.manifest, read_calibration(args.data, bundle.manifest), choices)
    folder = write_exits(bundle, calibration.exits, args.out, args.force)
    for line in curve_lines(calibration, bundle.manifest.cost.nominal[-1]):
        print(line)
    print(folder)
    return 0
