"""What a video costs, as the papers count it: from the counted graphs of a bundle."""

from foveate.bundle.manifest import Network, Networks, Plan
from foveate.bundle.vocabulary import Form, UnitKind


def each_step(plan: Plan, networks: Networks) -> tuple[int, ...]:
    """Stopping after step k costs k + 1 of everything: no network looks ahead."""
    step = (
        _of(networks.glance, Form.WHOLE)
        + _of(networks.policy, Form.STEP)
        + _of(networks.focus, Form.WHOLE)
        + _of(networks.classifier, Form.STEP)
    )
    return tuple(step * (number + 1) for number in range(plan.steps))


def one_answer(plan: Plan, networks: Networks) -> tuple[int, ...]:
    """Everything once: the only answer comes at the end."""
    return (
        units(networks.glance, len(plan.glance)) * _of(networks.glance, Form.WHOLE)
        + _of(networks.policy, Form.WHOLE)
        + units(networks.focus, plan.steps) * _of(networks.focus, Form.WHOLE)
        + _of(networks.classifier, Form.WHOLE),
    )


def glance_answer_first(plan: Plan, networks: Networks) -> tuple[int, ...]:
    """The first answer costs the glance alone; then every step, or all of them together, costs the same.

    The policy is not asked before the first answer.
    """
    early = units(networks.glance, len(plan.glance)) * _of(networks.glance, Form.WHOLE)
    early += _of(networks.classifier, Form.GLANCE)
    planned = early + _of(networks.policy, Form.WHOLE)
    focus = _of(networks.focus, Form.WHOLE)
    if Form.STEP not in networks.classifier.forms:
        patches = units(networks.focus, plan.steps) * focus
        return early, planned + patches + _of(networks.classifier, Form.WHOLE)
    step = focus + _of(networks.classifier, Form.STEP)
    return early, *(planned + step * (number + 1) for number in range(plan.steps))


def each_step_after_plan(plan: Plan, networks: Networks) -> tuple[int, ...]:
    """The glance and the policy once, before the first step; then every step costs the same."""
    planned = units(networks.glance, len(plan.glance)) * _of(networks.glance, Form.WHOLE)
    planned += _of(networks.policy, Form.WHOLE)
    step = _of(networks.focus, Form.WHOLE) + _of(networks.classifier, Form.STEP)
    return tuple(planned + step * (number + 1) for number in range(plan.steps))


def units(network: Network | None, frames: int) -> int:
    """Units of a video that has so many frames or patches for a network."""
    if network is None:
        return 0
    return frames if network.unit is UnitKind.FRAME else 1


def _of(network: Network | None, form: Form) -> int:
    return 0 if network is None else network.forms[form].multiply_adds
