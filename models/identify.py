"""Which system a checkpoint most likely is of, by the names of its entries."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

KEEP_POLICY = "keep_policy"
"""Entry under which a policy that drops frames is kept."""


def likely_system(content: Mapping[str, Any]) -> str | None:
    """Name the system whose published layout a file's top level has; None where none fits.

    Args:
        content: top level of a checkpoint.
    """
    state = content.get("state_dict")
    if isinstance(state, Mapping):
        return _by_state(state)
    if isinstance(content.get("model_state"), Mapping):
        return "an X3D" if any(".pathway0_stem." in str(name) for name in content["model_state"]) else None
    if {"glancer", "focuser", "fc"} <= content.keys():
        return _two_stream(content)
    if KEEP_POLICY in content:
        return "a policy that drops frames for AdaFocus+, without the rest"
    if content.keys() <= {"glancer", "focuser", "best_acc", "epoch"} and content.keys() & {
        "glancer",
        "focuser",
    }:
        return "a single backbone of AdaFocus, before its first stage of training"
    if content and all(isinstance(value, Tensor) for value in content.values()):
        return "a bare backbone" if "conv1.weight" in content else None
    return None


def _two_stream(content: Mapping[str, Any]) -> str:
    focuser = content["focuser"]
    if isinstance(focuser, Mapping) and any(str(name).startswith("net.base_model.") for name in focuser):
        return "AdaFocus-TSM"
    return "AdaFocus+" if KEEP_POLICY in content else "AdaFocus"


def _by_state(state: Mapping[Any, Any]) -> str | None:
    names = [str(name) for name in state]

    def has(part: str) -> bool:
        return any(part in name for name in names)

    if has("spatial_policy") or has("temporal_policy"):
        video = "-X3D" if has("global_CNN.s1.") else "-TSM" if has("global_CNN.base_model.") else ""
        return f"Uni-AdaFocus{video}"
    if has("sampler.") and has("cls_head."):
        return "OCSampler"
    if has("policy_stn.encoder"):
        return "AdaFocusV2"
    if has("policy_stn."):
        return "AdaFocusV2-TSM"
    if has("module.base_model."):
        return "a TSM backbone"
    return None
