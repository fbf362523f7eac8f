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


def units(network: Network | None, frames: int) -> int:
    """Units of a video that has so many frames or patches for a network."""
    if network is None:
        return 0
    return frames if network.unit is UnitKind.FRAME else 1


def _of(network: Network | None, form: Form) -> int:
    return 0 if network is None else network.forms[form].multiply_adds
