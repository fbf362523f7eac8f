"""Joins convolutions with what is around them, so that shift, bias, residual and clamp take no pass each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from foveate.device.steps import Step, reads_of


def fuse(steps: Sequence[Step], constants: Mapping[str, Tensor], outputs: Sequence[str]) -> list[Step]:
    """Join each convolution with an addition and a clamp that alone read what it gives.

    One of one pixel is joined with the temporal shift before it, too, if it alone reads that.
    A joined step stands where the last of its parts stood, so that the residual is there.

    Args:
        steps: of a graph, in order.
        constants: the graph's, by name.
        outputs: values that the graph gives.
    """
    steps = _with_shifts(steps, constants, outputs)
    reads = reads_of(steps, outputs)
    reader = {name: place for place, step in enumerate(steps) for name in step.inputs if name is not None}
    placed: dict[int, Step | None] = {}
    for place, step in enumerate(steps):
        if step.op != "Conv":
            continue
        joined, last = step, place
        for join in (_with_residual, _with_clamp):
            (made,) = joined.outputs
            following = reader.get(made)
            if reads[made] != 1 or following is None or following in placed:
                break
            longer = join(joined, steps[following], constants)
            if longer is not None:
                placed[last] = None
                joined, last = longer, following
                placed[last] = joined
    return [kept for place, step in enumerate(steps) if (kept := placed.get(place, step)) is not None]


def _with_shifts(
    steps: Sequence[Step], constants: Mapping[str, Tensor], outputs: Sequence[str]
) -> list[Step]:
    reads = reads_of(steps, outputs)
    alone = {step.outputs[0]: step for step in steps if reads[step.outputs[0]] == 1}
    placed: dict[str, Step | None] = {}
    for step in steps:
        before = alone.get(step.inputs[0] or "") if _is_of_one_pixel(step, constants) else None
        if before is not None and before.op == "TemporalShift":
            shift = [before.attributes[name] for name in ("frames", "part")]
            inputs, attributes = (before.inputs[0], *step.inputs[1:]), {**step.attributes, "shift": shift}
            placed[before.outputs[0]] = None
            placed[step.outputs[0]] = replace(step, inputs=inputs, attributes=attributes)
    return [kept for step in steps if (kept := placed.get(step.outputs[0], step)) is not None]


def _is_of_one_pixel(step: Step, constants: Mapping[str, Tensor]) -> bool:
    weight = constants.get(step.inputs[1] or "") if step.op == "Conv" else None
    return weight is not None and all(side == 1 for side in weight.shape[2:])


def _with_residual(step: Step, following: Step, constants: Mapping[str, Tensor]) -> Step | None:
    if following.op != "Add" or len(following.inputs) != 2:
        return None
    (made,) = step.outputs
    first, second = following.inputs
    residual = second if first == made else first
    if residual is None or residual == made or residual in constants:
        return None
    value, weight, bias = (*step.inputs, None)[:3]
    return replace(step, inputs=(value, weight, bias, residual), outputs=following.outputs)


def _with_clamp(step: Step, following: Step, constants: Mapping[str, Tensor]) -> Step | None:
    ends: list[float | None] = [0.0, None]
    if following.op == "Clip":
        names = (*following.inputs[1:], None, None)[:2]
        if any(name is not None and name not in constants for name in names):
            return None
        ends = [None if name is None else float(constants[name].item()) for name in names]
    elif following.op != "Relu":
        return None
    attributes = {**step.attributes, "low": ends[0], "high": ends[1]}
    return replace(step, attributes=attributes, outputs=following.outputs)
