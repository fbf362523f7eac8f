"""Brown-out: under pressure a video is given less compute, before anybody is refused.

A calibrated bundle moves down its own accuracy-compute curve; one without exits makes fewer steps.
"""

from dataclasses import replace

from foveate.bundle.manifest import Exits, ExitSetting
from foveate.engine.budget import setting_of
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan

_LEAST_SHARE = 0.25
"""Never less than this share of a plan's answers, or of the default setting's cost while there is a choice:
below it most systems hardly look at the video."""


def degrade(options: Options, plan: BundlePlan, pressure: float, threshold: float) -> Options:
    """Lower what a request may spend.

    Args:
        options: what the request asks.
        plan: its bundle's plan.
        pressure: share of the admission limit in use, 0 to 1.
        threshold: pressure at which brown-out begins; 1 or more switches it off.

    Returns:
        The same object where nothing changes.
    """
    if pressure < threshold or threshold >= 1 or not plan.can_stop:
        return options
    depth = min(1.0, (pressure - threshold) / (1 - threshold))
    share = 1 - depth * (1 - _LEAST_SHARE)
    exits = plan.manifest.exits
    if exits is not None:
        wanted = _dearest_within(exits, share * exits.settings[exits.default].multiply_adds)
        dearer = wanted.multiply_adds >= _mean_cost(options, exits)
        return options if dearer else replace(options, thresholds=wanted.thresholds)
    asked = min(options.max_answers or plan.answers, plan.answers)
    allowed = max(1, round(plan.answers * share))
    return options if allowed >= asked else replace(options, max_answers=allowed)


def _dearest_within(exits: Exits, multiply_adds: float) -> ExitSetting:
    """The dearest setting of at most this mean cost, or else the cheapest there is."""
    within = [setting for setting in exits.settings if setting.multiply_adds <= multiply_adds]
    return within[-1] if within else exits.settings[0]


def _mean_cost(options: Options, exits: Exits) -> float:
    """Mean multiply-adds of what a request asks for: a budget of its own may be below the brown-out's."""
    number = setting_of(options, exits)
    return float("inf") if number is None else exits.settings[number].multiply_adds
