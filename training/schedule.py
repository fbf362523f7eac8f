"""The learning rate at each step of a stage."""

from math import cos, pi

from training.part import Stage


def rate_at(stage: Stage, step: int, steps: int) -> float:
    """Half a cosine, from step to step or from epoch to epoch, or drops, as the stage says.

    Args:
        stage: of the configuration.
        step: number of the step.
        steps: of the stage.
    """
    if stage.schedule == "smooth":
        return _cosine(stage.rate, step / steps)
    done = step * stage.epochs // steps / stage.epochs
    if stage.schedule == "drops":
        return float(stage.rate * 0.1 ** sum(done >= drop for drop in stage.drops))
    return _cosine(stage.rate, done)


def _cosine(rate: float, done: float) -> float:
    return rate * 0.5 * (1 + cos(pi * done))
