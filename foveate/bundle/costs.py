"""What dropped patches take off the costs in a manifest."""

from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form


def steps_behind(manifest: Manifest, answer: int) -> int:
    """Steps that an answer has seen: an answer each step, or one after all of them.

    Args:
        manifest: of the bundle.
        answer: from 0; the one after the glance is the first, where there is one.
    """
    before = 1 if Form.GLANCE in manifest.networks.classifier.forms else 0
    if answer < before:
        return 0
    steps = manifest.plan.steps
    return answer + 1 - before if len(manifest.cost.nominal) - before == steps else steps


def droppable(manifest: Manifest) -> tuple[int, ...]:
    """Multiply-adds of the focus on all patches behind each answer: what dropping them all takes off.

    Zeros where the policy drops none.
    """
    answers, focus = range(len(manifest.cost.nominal)), manifest.networks.focus
    if manifest.plan.keep_threshold is None or focus is None:
        return tuple(0 for _ in answers)
    each = focus.forms[Form.WHOLE].multiply_adds * len(manifest.preprocessing.views)
    return tuple(each * steps_behind(manifest, answer) for answer in answers)
