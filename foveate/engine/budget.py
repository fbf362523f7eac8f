"""From what a request may spend to what is asked of the plan."""

from dataclasses import replace

from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError


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
            calibrated on; any other keeps to it in each video, by making fewer steps.

    Raises:
        ConfigError: the bundle cannot answer for so little.
    """
    exits = plan.manifest.exits
    if exits is not None:
        affordable = [s for s in exits.settings if s.multiply_adds <= multiply_adds]
        least = min(s.multiply_adds for s in exits.settings)
        if not affordable:
            raise ConfigError(_too_little(plan, least))
        return replace(options, thresholds=max(affordable, key=lambda s: s.multiply_adds).thresholds)
    nominal = plan.manifest.cost.nominal
    choices = range(1, plan.answers + 1) if plan.can_stop else [plan.answers]
    within = [answers for answers in choices if nominal[answers - 1] <= multiply_adds]
    if not within:
        raise ConfigError(_too_little(plan, min(nominal[answers - 1] for answers in choices)))
    return options if within[-1] == plan.answers else replace(options, max_answers=within[-1])


def _too_little(plan: BundlePlan, least: float) -> str:
    return f"{plan.manifest.name} answers for no less than {least / 1e9:.3f} G multiply-adds"
