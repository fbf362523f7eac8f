from typing import Any

from foveate.bundle.manifest import Manifest
from foveate.engine.brownout import degrade
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from tests.engine import systems


def calibrated() -> BundlePlan:
    data: dict[str, Any] = systems.v2_exits().model_dump(mode="json")
    shares = [1 / 16] * 16
    data["exits"]["settings"] = [
        {"thresholds": [float(level)] * 16, "multiply_adds": 1000.0 * (level + 1), "shares": shares}
        for level in range(5)
    ]
    data["exits"]["default"] = 4
    return BundlePlan.of(Manifest.model_validate(data))


def test_nothing_changes_without_pressure_or_with_brownout_off() -> None:
    plan, options = BundlePlan.of(systems.recurrent()), Options()
    assert degrade(options, plan, 0.5, 0.75) is options
    assert degrade(options, plan, 1.0, 1.0) is options


def test_fewer_steps_as_pressure_rises() -> None:
    plan = BundlePlan.of(systems.recurrent())
    found = [degrade(Options(), plan, p, 0.5).max_answers for p in (0.6, 0.75, 0.9, 1.0)]
    assert found == [14, 10, 6, 4]


def test_never_more_than_was_asked() -> None:
    plan, options = BundlePlan.of(systems.recurrent()), Options(max_answers=2)
    assert degrade(options, plan, 1.0, 0.5) is options


def test_a_calibrated_bundle_moves_down_its_curve() -> None:
    plan = calibrated()
    options = Options(thresholds=(4.0,) * 16)
    assert degrade(options, plan, 0.5, 0.5) is options
    assert degrade(options, plan, 0.75, 0.5).thresholds == (2.0,) * 16
    assert degrade(options, plan, 1.0, 0.5).thresholds == (0.0,) * 16


def test_settings_that_lie_unevenly_are_chosen_by_their_cost() -> None:
    data: dict[str, Any] = calibrated().manifest.model_dump(mode="json")
    for setting, cost in zip(data["exits"]["settings"], (100, 200, 300, 4000, 5000), strict=True):
        setting["multiply_adds"] = cost
    plan = BundlePlan.of(Manifest.model_validate(data))
    found = [degrade(Options(thresholds=(4.0,) * 16), plan, p, 0.5).thresholds for p in (0.6, 0.7, 1.0)]
    assert found == [(3.0,) * 16, (2.0,) * 16, (2.0,) * 16]


def test_a_budget_below_the_brownouts_is_kept() -> None:
    cheap = Options(thresholds=(0.0,) * 16)
    assert degrade(cheap, calibrated(), 0.75, 0.5) is cheap


def test_without_exits_asked_for_any_setting_is_cheaper() -> None:
    assert degrade(Options(), calibrated(), 1.0, 0.5).thresholds == (0.0,) * 16


def test_what_cannot_stop_is_left_alone() -> None:
    plan, options = BundlePlan.of(systems.dense()), Options()
    assert degrade(options, plan, 1.0, 0.5) is options
