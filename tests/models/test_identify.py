from pathlib import Path
from typing import Any

import pytest
import torch

from export.golden import load_golden
from models.identify import likely_system

ONE = torch.zeros(1)


@pytest.mark.parametrize(
    ("content", "system"),
    [
        (
            {"glancer": {"net.features.0.0.weight": ONE}, "focuser": {"net.conv1.weight": ONE}, "fc": {}},
            "AdaFocus",
        ),
        ({"glancer": {}, "focuser": {"net.base_model.0.weight": ONE}, "fc": {}}, "AdaFocus-TSM"),
        ({"glancer": {}, "focuser": {}, "fc": {}, "keep_policy": {}}, "AdaFocus+"),
        ({"keep_policy": {}}, "a policy that drops frames for AdaFocus+, without the rest"),
        (
            {"glancer": {}, "best_acc": 1.0},
            "a single backbone of AdaFocus, before its first stage of training",
        ),
        ({"state_dict": {"module.policy_stn.encoder.0.weight": ONE}}, "AdaFocusV2"),
        ({"state_dict": {"module.policy_stn.0.weight": ONE}}, "AdaFocusV2-TSM"),
        ({"state_dict": {"module.spatial_policy.encoder.0.weight": ONE}}, "Uni-AdaFocus"),
        (
            {"state_dict": {"module.spatial_policy.w": ONE, "module.global_CNN.base_model.w": ONE}},
            "Uni-AdaFocus-TSM",
        ),
        (
            {"state_dict": {"module.spatial_policy.w": ONE, "module.global_CNN.s1.w": ONE}},
            "Uni-AdaFocus-X3D",
        ),
        ({"state_dict": {"sampler.conv1.conv.weight": ONE, "cls_head.fc.weight": ONE}}, "OCSampler"),
        ({"model_state": {"s1.pathway0_stem.conv.weight": ONE}}, "an X3D"),
        ({"state_dict": {"module.base_model.conv1.weight": ONE}}, "a TSM backbone"),
        ({"conv1.weight": ONE}, "a bare backbone"),
        ({"weights": ONE}, None),
        ({"state_dict": {"net.weight": ONE}}, None),
        ({}, None),
    ],
)
def test_the_names_tell_the_system(content: dict[str, Any], system: str | None) -> None:
    assert likely_system(content) == system


@pytest.mark.parametrize("name", ["adafocus-v1-p128", "adafocus-v1-fc-p96"])
def test_a_published_file_is_recognised(shared: Path, name: str) -> None:
    assert likely_system(load_golden(shared / "golden", name).checkpoint()) == "AdaFocus"
