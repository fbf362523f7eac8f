"""What a manifest must say of its exits: that the curve is one, and of this bundle."""

from itertools import pairwise
from math import isclose, isfinite

from foveate.bundle.costs import droppable
from foveate.bundle.manifest import ExitSetting, Manifest
from foveate.bundle.vocabulary import Form
from foveate.errors import BundleError

_ROUNDING = 1e-6
"""Shares are quotients of counts; their sums differ from what they should be in the last places."""


def can_stop(manifest: Manifest) -> bool:
    """Whether a video may end before its last answer."""
    forms = manifest.networks.classifier.forms
    return len(manifest.cost.nominal) > 1 and (Form.STEP in forms or Form.GLANCE in forms)


def check_exits(manifest: Manifest) -> None:
    """Check exits against the answers of a bundle and their costs.

    Raises:
        BundleError: they do not fit; the message names the setting.
    """
    exits = manifest.exits
    if exits is None:
        return
    if not can_stop(manifest):
        raise BundleError("exits are given, and no video can stop before its last answer")
    if exits.default >= len(exits.settings):
        raise BundleError(f"exits.default names none of the {len(exits.settings)} settings")
    for number, setting in enumerate(exits.settings):
        if problem := _problem(setting, manifest):
            raise BundleError(f"exits.settings.{number} {problem}")
    costs = [setting.multiply_adds for setting in exits.settings]
    if any(dearer <= cheaper for cheaper, dearer in pairwise(costs)):
        raise BundleError("exits.settings are not in order of rising cost")


def _problem(setting: ExitSetting, manifest: Manifest) -> str | None:
    nominal = manifest.cost.nominal
    if len(setting.thresholds) != len(nominal) or len(setting.shares) != len(nominal):
        return f"has not one threshold and share for {len(nominal)} answers"
    if not all(map(isfinite, setting.thresholds)):
        return "has a threshold that is no finite number"
    if min(setting.shares) < 0 or not isclose(sum(setting.shares), 1, abs_tol=_ROUNDING):
        return "has shares that do not sum to 1"
    if setting.accuracy is not None and not 0 <= setting.accuracy <= 1:
        return "has an accuracy that is no share"
    return _cost_problem(setting, manifest)


def _cost_problem(setting: ExitSetting, manifest: Manifest) -> str | None:
    """Hold the mean to the shares; where patches are dropped, it lies below by any number of them."""
    nominal, off = manifest.cost.nominal, droppable(manifest)
    most = sum(share * cost for share, cost in zip(setting.shares, nominal, strict=True))
    least = most - sum(share * cost for share, cost in zip(setting.shares, off, strict=True))
    if least * (1 - _ROUNDING) <= setting.multiply_adds <= most * (1 + _ROUNDING):
        return None
    between = f"{most:.0f}" if not any(off) else f"{least:.0f} (every patch dropped) to {most:.0f} (none)"
    return f"costs {setting.multiply_adds:.0f}, and its shares of cost.nominal {between}"
