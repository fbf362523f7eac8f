import json
from pathlib import Path

import pytest

from export.golden_exits import two_measure_exit_lines
from export.golden_registry import network_of, rule_of, rules


def test_rules_and_networks_are_told_apart() -> None:
    assert rule_of({"system": "uni-adafocus", "unit": "frame choice"}) is not None
    assert rule_of({"system": "uni-adafocus", "state_dict": []}) is None
    assert network_of({"system": "uni-adafocus", "state_dict": []}) is not None
    assert network_of({"system": "uni-adafocus", "unit": "frame choice"}) is None


@pytest.mark.parametrize("system", ["uni-adafocus", "uni-adafocus-tsm", "uni-adafocus-x3d"])
def test_rules_of_one_system_are_those_of_its_other_forms(system: str) -> None:
    assert rule_of({"system": system, "unit": "early exit"}) is two_measure_exit_lines
    assert rule_of({"system": system, "unit": "late exit"}) is None
    assert rule_of({"system": "adafocus-tsm", "unit": "early exit"}) is None


def test_every_published_set_has_a_runner(shared: Path) -> None:
    specs = [json.loads(path.read_text("utf-8")) for path in (shared / "golden").glob("*.json")]
    assert all((rule_of(spec) is None) is not (network_of(spec) is None) for spec in specs)
    assert len([spec for spec in specs if rule_of(spec)]) == len(rules())
