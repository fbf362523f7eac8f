"""From calibration logits to a bundle with exits."""

from dataclasses import dataclass

from foveate.bundle.check_exits import can_stop
from foveate.bundle.manifest import Exits, ExitSetting, Manifest
from foveate.bundle.vocabulary import Measure
from foveate.errors import BundleError, ConfigError
from foveate.evaluation.calibration_data import CalibrationData
from foveate.evaluation.exit_curve import cheapest_within, solve_curve, with_point
from foveate.evaluation.solver import Point, Solver


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of a calibration.

    Attributes:
        measure: of confidence.
        ratios: a point of the curve for each.
        mean_cost: multiply-adds; a point is solved for this mean and becomes the default.
        tolerance: else the default is the cheapest point at most this far below the full answer's accuracy.
    """

    measure: Measure
    ratios: tuple[float, ...]
    mean_cost: float | None
    tolerance: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A solved curve, from the cheapest point on.

    Attributes:
        curve: its points; without labels their accuracy is agreement with the last answer.
        default: the point used by default.
        labelled: whether there were labels.
        exits: the same for a manifest.
    """

    curve: tuple[Point, ...]
    default: int
    labelled: bool
    exits: Exits


def require_exits(manifest: Manifest) -> None:
    """Ask whether there is anything to calibrate; worth asking before the data is read.

    Raises:
        BundleError: no video can stop before its last answer.
    """
    if not can_stop(manifest):
        raise BundleError(f"{manifest.name} cannot be calibrated: no video can stop before its last answer")


def calibrate(manifest: Manifest, data: CalibrationData, choices: Choices) -> Calibration:
    """Solve the exits of a bundle.

    Raises:
        ConfigError: the mean is below the cost of the first answer, or the tolerance is no share.
    """
    if not 0 <= choices.tolerance <= 1:
        raise ConfigError(f"a tolerance of {choices.tolerance:g} is no share between 0 and 1")
    costs = manifest.cost.nominal if data.costs is None else data.costs
    solver = Solver.of(data.logits, costs, choices.measure, data.labels)
    curve = solve_curve(solver, choices.ratios)
    if choices.mean_cost is None:
        default = cheapest_within(curve, solver.full(), choices.tolerance)
    else:
        try:
            curve, default = with_point(curve, solver.within(choices.mean_cost))
        except ValueError:
            least = solver.cheapest().cost / 1e9
            raise ConfigError(
                f"a mean of {choices.mean_cost / 1e9:g} G multiply-adds cannot be had: "
                f"the first answer of {manifest.name} costs {least:.6g}"
            ) from None
    labelled = data.labels is not None
    settings = tuple(_setting(point, labelled) for point in curve)
    exits = Exits(measure=choices.measure, settings=settings, default=default, source=data.source)
    return Calibration(tuple(curve), default, labelled, exits)


def _setting(point: Point, labelled: bool) -> ExitSetting:
    return ExitSetting(
        thresholds=point.thresholds,
        multiply_adds=point.cost,
        accuracy=point.accuracy if labelled else None,
        shares=point.shares,
    )
