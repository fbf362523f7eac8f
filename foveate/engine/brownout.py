"""Brown-out: under pressure a video is given less compute, before anybody is refused.

A calibrated bundle moves down its own accuracy-compute curve; one without exits makes fewer steps.
"""

from dataclasses import replace

from foveate.bundle.manifest import Exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan

_LEAST_SHARE = 0.25
"""Never less than this share of a plan's answers: below it most systems hardly look at the video."""


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
    exits = plan.manifest.exits
    if exits is not None:
        wanted = exits.settings[round((1 - depth) * exits.default)]
        dearer = wanted.multiply_adds >= _mean_cost(options, exits)
        return options if dearer else replace(options, thresholds=wanted.thresholds)
    asked = min(options.max_answers or plan.answers, plan.answers)
    allowed = max(1, round(plan.answers * (1 - depth * (1 - _LEAST_SHARE))))
    return options if allowed >= asked else replace(options, max_answers=allowed)


def _mean_cost(options: Options, exits: Exits) -> float:
    """Mean multiply-adds of what a request asks for: a budget of its own may be below the brown-out's."""
    costs = [s.multiply_adds for s in exits.settings if s.thresholds == options.thresholds]
    return costs[0] if costs else float("inf")
