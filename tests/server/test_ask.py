import json
from pathlib import Path

import pytest

from foveate.bundle.load import read_manifest, untrained_bundle
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from server.ask import options_of, under_pressure
from server.errors import Problems, Refusal
from server.parameters import Parameters
from tests.engine.systems import dense
from tests.server.live import with_exits

PLAIN = BundlePlan.of(read_manifest(untrained_bundle() / "manifest.json"))


@pytest.fixture
def exiting(tmp_path: Path) -> BundlePlan:
    return BundlePlan.of(read_manifest(with_exits(tmp_path / "with-exits") / "manifest.json"))


def test_nothing_asked_is_everything() -> None:
    assert options_of(Parameters(), PLAIN) == Options()


def test_steps_and_budget() -> None:
    asked = options_of(Parameters(steps="all", max_gflops=0.5), PLAIN)
    assert asked == Options(every_step=True, max_answers=3)


def test_a_cost_as_it_is_shown_buys_its_answer() -> None:
    # Of which some, in G and back, come out a little smaller.
    costs = tuple(500_703_752 + 77 * step for step in range(16))
    assert any(cost / 1e9 * 1e9 < cost for cost in costs)
    cost = PLAIN.manifest.cost.model_copy(update={"nominal": costs})
    plan = BundlePlan.of(PLAIN.manifest.model_copy(update={"cost": cost}))
    for answers, shown in enumerate(costs, 1):
        asked = options_of(Parameters(max_gflops=shown / 1e9), plan)
        assert (asked.max_answers or plan.answers) == answers


def test_the_least_that_is_named_is_enough() -> None:
    with pytest.raises(Refusal) as caught:
        options_of(Parameters(max_gflops=1e-3), PLAIN)
    least = float(str(caught.value.details[0].message).split()[-3])
    assert options_of(Parameters(max_gflops=least), PLAIN).max_answers == 1


def test_a_model_with_exits_uses_its_default_setting(exiting: BundlePlan) -> None:
    assert options_of(Parameters(), exiting).thresholds == (1e9,) * 16


def test_a_budget_below_everything_is_refused(exiting: BundlePlan) -> None:
    for plan in (PLAIN, exiting):
        with pytest.raises(Refusal, match="too small") as caught:
            options_of(Parameters(max_gflops=1e-3), plan)
        assert caught.value.kind is Problems.BAD_PARAMETER
        assert caught.value.details[0].parameter == "max_gflops"


def test_a_share_is_of_the_whole_plan(exiting: BundlePlan) -> None:
    full = PLAIN.manifest.cost.nominal[-1]
    assert options_of(Parameters(compute_share=0.25), PLAIN) == Options(max_answers=4)
    for answers, cost in enumerate(PLAIN.manifest.cost.nominal[:-1], 1):
        assert options_of(Parameters(compute_share=cost / full), PLAIN) == Options(max_answers=answers)
    assert options_of(Parameters(compute_share=0.25), exiting) == Options(thresholds=(-1e9,) * 16)


def test_the_full_answer_can_be_asked_for(exiting: BundlePlan) -> None:
    full = exiting.manifest.cost.nominal[-1] / 1e9
    for asked in (Parameters(compute_share=1), Parameters(max_gflops=full), Parameters(max_gflops=1e6)):
        assert options_of(asked, exiting) == options_of(asked, PLAIN) == Options()


def test_a_share_too_small_is_refused(exiting: BundlePlan) -> None:
    for plan in (PLAIN, exiting):
        with pytest.raises(Refusal, match=r"too small: .* answers for no less than 0\.150 G") as caught:
            options_of(Parameters(compute_share=0.06), plan)
        assert [detail.parameter for detail in caught.value.details] == ["compute_share"]


def test_a_model_that_cannot_stop_takes_all_or_nothing() -> None:
    plan = BundlePlan.of(dense())
    assert options_of(Parameters(compute_share=1), plan) == Options()
    with pytest.raises(Refusal, match="too small"):
        options_of(Parameters(compute_share=0.99), plan)


def test_two_budgets_exclude_each_other() -> None:
    with pytest.raises(Refusal, match="max_gflops and compute_share exclude each other") as caught:
        options_of(Parameters(compute_share=0.5, max_gflops=1), PLAIN)
    assert [detail.parameter for detail in caught.value.details] == ["max_gflops", "compute_share"]


def test_pressure_lowers_what_was_asked() -> None:
    assert under_pressure(Options(), PLAIN, 0.5, 0.75) == (Options(), False)
    given, degraded = under_pressure(Options(), PLAIN, 1.0, 0.75)
    assert degraded
    assert given.max_answers == 4
    assert under_pressure(Options(), PLAIN, 1.0, 1.0) == (Options(), False)
    assert under_pressure(Options(max_answers=2), PLAIN, 1.0, 0.75) == (Options(max_answers=2), False)


def test_pressure_moves_down_the_curve_and_never_up(exiting: BundlePlan) -> None:
    full, cheap = Options(thresholds=(1e9,) * 16), Options(thresholds=(-1e9,) * 16)
    assert under_pressure(full, exiting, 1.0, 0.75) == (cheap, True)
    for pressure in (0.75, 0.8, 1.0):
        assert under_pressure(cheap, exiting, pressure, 0.75) == (cheap, False)


def test_the_embedded_bundle_is_what_these_tests_think() -> None:
    manifest = json.loads((untrained_bundle() / "manifest.json").read_text())
    assert manifest["exits"] is None
    assert PLAIN.answers == 16
