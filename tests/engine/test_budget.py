import pytest

from foveate.engine.budget import setting_of, with_budget, with_default_exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError
from tests.engine import systems
from tests.engine.test_brownout import calibrated


def test_default_exits() -> None:
    assert with_default_exits(Options(), calibrated()).thresholds == (4.0,) * 16
    options = Options()
    assert with_default_exits(options, BundlePlan.of(systems.recurrent())) is options


def test_a_budget_counts_steps_where_there_are_no_exits() -> None:
    plan = BundlePlan.of(systems.recurrent())
    assert with_budget(Options(), plan, 5 * 1130 + 1).max_answers == 5
    assert with_budget(Options(), plan, 1e9).max_answers is None
    with pytest.raises(ConfigError, match="recurrent answers for no less than"):
        with_budget(Options(), plan, 10)


def test_a_budget_chooses_the_dearest_setting_it_can_pay() -> None:
    assert with_budget(Options(), calibrated(), 3500).thresholds == (2.0,) * 16
    with pytest.raises(ConfigError):
        with_budget(Options(), calibrated(), 500)


def test_a_cost_that_was_told_buys_what_it_bought() -> None:
    # 3000 / 18080 * 18080 is less than 3000 in floating point.
    assert with_budget(Options(), calibrated(), 3000 * (1 - 2e-16)).thresholds == (2.0,) * 16
    assert with_budget(Options(), BundlePlan.of(systems.recurrent()), 1130 * (1 - 2e-16)).max_answers == 1


def test_a_budget_for_everything_buys_the_full_answer() -> None:
    options = Options(every_step=True)
    for plan in (calibrated(), BundlePlan.of(systems.recurrent()), BundlePlan.of(systems.dense())):
        assert with_budget(options, plan, plan.manifest.cost.nominal[-1]) is options
    assert with_budget(options, calibrated(), 16 * 1130 - 1).thresholds == (4.0,) * 16


def test_which_setting_it_is() -> None:
    exits = calibrated().manifest.exits
    assert setting_of(Options(thresholds=(3.0,) * 16), exits) == 3
    assert setting_of(Options(thresholds=(3.5,) * 16), exits) is None
    assert setting_of(Options(), exits) is None
    assert setting_of(Options(thresholds=(3.0,) * 16), None) is None


def test_a_plan_that_cannot_stop_takes_all_or_nothing() -> None:
    plan = BundlePlan.of(systems.dense())
    assert with_budget(Options(), plan, 32005).max_answers is None
    with pytest.raises(ConfigError):
        with_budget(Options(), plan, 32004)
