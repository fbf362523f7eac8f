"""Which golden sets can be run, and by what: by the system, or the rule, that their JSON names."""

from collections.abc import Callable, Iterator
from typing import Any

from export.golden import GoldenSet
from export.golden_adafocus import (
    adafocus_case,
    adafocus_tsm_case,
    adafocus_v2_case,
    adafocus_v2_tsm_case,
)
from export.golden_case import NetworkCase
from export.golden_exits import geometric_exit_lines, two_measure_exit_lines
from export.golden_report import Line
from export.golden_rules import (
    adafocus_preprocess_lines,
    frame_choice_lines,
    ocsampler_preprocess_lines,
    sampling_lines,
    uni_preprocess_lines,
)
from export.golden_uni import (
    ocsampler_case,
    uni_adafocus_case,
    uni_adafocus_tsm_case,
    uni_adafocus_x3d_case,
)

Rule = Callable[[str, GoldenSet], Iterator[Line]]


def network_cases() -> dict[str, NetworkCase]:
    """Whole networks, by the system of a set."""
    return {
        "adafocus-v1": adafocus_case(),
        "adafocus-v1-tsm": adafocus_tsm_case(),
        "adafocus-v2": adafocus_v2_case(),
        "adafocus-v2-tsm": adafocus_v2_tsm_case(),
        "uni-adafocus": uni_adafocus_case(),
        "uni-adafocus-tsm": uni_adafocus_tsm_case(),
        "uni-adafocus-x3d": uni_adafocus_x3d_case(),
        "ocsampler": ocsampler_case(),
    }


def rules() -> dict[tuple[str, str | None], Rule]:
    """Rules, by the system of a set and its unit."""
    return {
        ("adafocus-sampling", None): sampling_lines,
        ("adafocus-preprocess", None): adafocus_preprocess_lines,
        ("adafocus-v2-exit", None): geometric_exit_lines,
        ("uni-adafocus", "preprocessing"): uni_preprocess_lines,
        ("uni-adafocus", "frame choice"): frame_choice_lines,
        ("uni-adafocus", "early exit"): two_measure_exit_lines,
        ("ocsampler", "preprocessing"): ocsampler_preprocess_lines,
    }


def rule_of(spec: dict[str, Any]) -> Rule | None:
    """What runs a set of rules; None for a whole network or an unknown set."""
    system, unit = spec.get("system", ""), spec.get("unit")
    # What Uni-AdaFocus does to frames and to confidences is the same in all its forms.
    return rules().get((system, unit)) or rules().get(
        (system.removesuffix("-tsm").removesuffix("-x3d"), unit)
    )


def network_of(spec: dict[str, Any]) -> NetworkCase | None:
    """What runs a set of a whole network; None for rules or an unknown set."""
    return network_cases().get(spec.get("system", "")) if "state_dict" in spec else None
