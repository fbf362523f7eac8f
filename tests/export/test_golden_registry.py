import json
from pathlib import Path

from export.golden_registry import network_cases, network_of, rule_of, rules
from export.registry import systems


def test_every_exporter_that_a_case_names_is_there() -> None:
    named = {case.exporter for case in network_cases().values()} - {None}
    assert named <= systems().keys()
    assert {"adafocus", "adafocus-tsm", "adafocus-v2", "adafocus-v2-tsm"} <= named
    assert {"uni-adafocus", "uni-adafocus-tsm", "uni-adafocus-x3d", "ocsampler"} <= named


def test_rules_and_networks_are_told_apart() -> None:
    assert rule_of({"system": "uni-adafocus", "unit": "frame choice"}) is not None
    assert rule_of({"system": "uni-adafocus", "state_dict": []}) is None
    assert network_of({"system": "uni-adafocus", "state_dict": []}) is not None
    assert network_of({"system": "uni-adafocus", "unit": "frame choice"}) is None


def test_every_published_set_has_a_runner(shared: Path) -> None:
    specs = [json.loads(path.read_text("utf-8")) for path in (shared / "golden").glob("*.json")]
    assert all((rule_of(spec) is None) is not (network_of(spec) is None) for spec in specs)
    assert len([spec for spec in specs if rule_of(spec)]) == len(rules())
