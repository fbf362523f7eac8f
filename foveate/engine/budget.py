"""From what a request may spend to what is asked of the plan."""

import math
from dataclasses import replace

from foveate.bundle.manifest import Exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError

_ROUNDING = 1e-9
"""Relative: a budget of exactly a cost that was told, divided and multiplied on the way, buys that much."""


def setting_of(options: Options, exits: Exits | None) -> int | None:
    """The number of the setting by whose thresholds a video may leave; None where it may not."""
    if exits is None or options.thresholds is None:
        return None
    thresholds = [setting.thresholds for setting in exits.settings]
    return thresholds.index(options.thresholds) if options.thresholds in thresholds else None


def with_default_exits(options: Options, plan: BundlePlan) -> Options:
    """Let a calibrated bundle exit at its default setting; the same object where it has no exits."""
    exits = plan.manifest.exits
    return options if exits is None else replace(options, thresholds=exits.settings[exits.default].thresholds)


def with_budget(options: Options, plan: BundlePlan, multiply_adds: float) -> Options:
    """Spend no more than a budget.

    Args:
        options: what else the request asks.
        plan: its bundle's plan.
        multiply_adds: the budget. A calibrated bundle keeps to it in the mean over videos like those it was
            calibrated on; any other keeps to it in each video, by making fewer steps. One that pays for
            everything buys the full answer: nothing leaves early.

    Raises:
        ConfigError: the bundle cannot answer for so little.
    """
    exits, nominal = plan.manifest.exits, plan.manifest.cost.nominal
    allowed = multiply_adds * (1 + _ROUNDING)
    if nominal[-1] <= allowed:
        return options
    if exits is not None:
        affordable = [s for s in exits.settings if s.multiply_adds <= allowed]
        if not affordable:
            raise ConfigError(_too_little(plan, exits.settings[0].multiply_adds))
        return replace(options, thresholds=affordable[-1].thresholds)
    choices = range(1, plan.answers) if plan.can_stop else range(0)
    within = [answers for answers in choices if nominal[answers - 1] <= allowed]
    if not within:
        raise ConfigError(_too_little(plan, nominal[0] if plan.can_stop else nominal[-1]))
    return replace(options, max_answers=within[-1])


def _too_little(plan: BundlePlan, least: float) -> str:
    enough = math.ceil(least / 1e6) / 1e3
    return f"{plan.manifest.name} answers for no less than {enough:.3f} G multiply-adds"
