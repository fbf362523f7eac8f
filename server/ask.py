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
        Refusal: the budget is too small for the model.
    """
    options = Options(every_step=parameters.steps == "all")
    if parameters.max_gflops is None:
        return with_default_exits(options, plan)
    try:
        return with_budget(options, plan, parameters.max_gflops * 1e9)
    except ConfigError as error:
        detail = Detail("max_gflops", str(error))
        raise Refusal(Problems.BAD_PARAMETER, f"The budget is too small: {error}.", [detail]) from error


def under_pressure(
    options: Options, plan: BundlePlan, pressure: float, threshold: float
) -> tuple[Options, bool]:
    """What the request is given at the present load, and whether that is less than it asked for."""
    given = degrade(options, plan, pressure, threshold)
    return given, given is not options
