import pytest

from foveate.engine.budget import with_budget, with_default_exits
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


def test_a_plan_that_cannot_stop_takes_all_or_nothing() -> None:
    plan = BundlePlan.of(systems.dense())
    assert with_budget(Options(), plan, 32005).max_answers is None
    with pytest.raises(ConfigError):
        with_budget(Options(), plan, 32004)
