"""From a request's parameters to what is asked of its plan."""

from foveate.engine.brownout import degrade
from foveate.engine.budget import with_budget, with_default_exits
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError
from server.errors import Detail, Problems, Refusal
from server.parameters import Parameters


def options_of(parameters: Parameters, plan: BundlePlan) -> Options:
    """What a request asks for.

    Raises:
        Refusal: the budget is too small for the model, or given in two ways.
    """
    options = Options(every_step=parameters.steps == "all")
    budgets = {
        name: value * unit
        for name, value, unit in (
            ("max_gflops", parameters.max_gflops, 1e9),
            ("compute_share", parameters.compute_share, plan.manifest.cost.nominal[-1]),
        )
        if value is not None
    }
    if not budgets:
        return with_default_exits(options, plan)
    if len(budgets) > 1:
        message = "max_gflops and compute_share exclude each other"
        details = [Detail(name, message) for name in budgets]
        raise Refusal(Problems.BAD_PARAMETER, f"Give one budget: {message}.", details)
    ((name, multiply_adds),) = budgets.items()
    try:
        return with_budget(options, plan, multiply_adds)
    except ConfigError as error:
        detail = Detail(name, str(error))
        raise Refusal(Problems.BAD_PARAMETER, f"The budget is too small: {error}.", [detail]) from error


def under_pressure(
    options: Options, plan: BundlePlan, pressure: float, threshold: float
) -> tuple[Options, bool]:
    """What the request is given at the present load, and whether that is less than it asked for."""
    given = degrade(options, plan, pressure, threshold)
    return given, given is not options
