import torch

from foveate.device.fuse import fuse
from foveate.device.steps import Step

CONSTANTS = {name: torch.tensor(0.5) for name in ("b", "low")} | {"high": torch.tensor(6.0)}
CONSTANTS |= {"w": torch.zeros(4, 4, 3, 3), "one": torch.zeros(4, 4, 1, 1)}


def step(op: str, inputs: str, output: str, **attributes: object) -> Step:
    names = tuple(None if name == "-" else name for name in inputs.split())
    return Step(op, names, (output,), attributes, False)


def fused(*steps: Step, outputs: str = "y") -> list[Step]:
    return fuse(steps, CONSTANTS, outputs.split())


def test_a_bottleneck_is_its_convolutions() -> None:
    """Both ends of its addition are convolutions: the first takes the other in, where both are there."""
    found = fused(
        step("Conv", "x w b", "a", group=1),
        step("Relu", "a", "c"),
        step("Conv", "c w b", "d"),
        step("Conv", "x w b", "e"),
        step("Add", "d e", "f"),
        step("Relu", "f", "y"),
    )
    assert found == [
        step("Conv", "x w b", "c", group=1, low=0.0, high=None),
        step("Conv", "x w b", "e"),
        step("Conv", "c w b e", "y", low=0.0, high=None),
    ]


def test_an_inverted_residual_is_its_convolutions() -> None:
    found = fused(
        step("Conv", "x w", "a"),
        step("Clip", "a low high", "c"),
        step("Conv", "c w b", "d"),
        step("Add", "x d", "e"),
        step("Conv", "e w", "f"),
        step("Clip", "f - high", "g"),
        step("Add", "e g", "y"),
    )
    assert found == [
        step("Conv", "x w", "c", low=0.5, high=6.0),
        step("Conv", "c w b x", "e"),
        step("Conv", "e w", "g", low=None, high=6.0),
        step("Add", "e g", "y"),
    ]


def test_a_shift_is_part_of_the_convolution_of_one_pixel_after_it() -> None:
    """What is added to the branch is not shifted."""
    shift = step("TemporalShift", "x", "s", frames=4, part=2)
    found = fused(
        shift,
        step("Conv", "s one b", "a", group=1),
        step("Relu", "a", "c"),
        step("Conv", "c w b", "d"),
        step("Add", "d x", "y"),
    )
    assert found == [
        step("Conv", "x one b", "c", group=1, shift=[4, 2], low=0.0, high=None),
        step("Conv", "c w b x", "y"),
    ]
    alone = step("Conv", "x one", "y", shift=[4, 2])
    assert fused(shift, step("Conv", "s one", "y")) == [alone]


def test_a_shift_before_anything_else_stays() -> None:
    shift = step("TemporalShift", "x", "s", frames=4, part=2)
    kept = [
        # More than a pixel, a weight that is not constant, no convolution, and read twice or given.
        [shift, step("Conv", "s w", "y")],
        [shift, step("Conv", "s x", "y")],
        [shift, step("Conv", "x s", "y")],
        [shift, step("Sigmoid", "s", "y")],
        [shift, step("Conv", "s one", "a"), step("Add", "a s", "c"), step("Sigmoid", "c", "y")],
        [step("TemporalShift", "x", "z", frames=4, part=2), step("Conv", "z one", "y")],
    ]
    for steps in kept:
        found = fused(*steps, outputs="y z")
        assert [one.op for one in found if one.op != "Add"] == [one.op for one in steps if one.op != "Add"]
        assert not any("shift" in one.attributes for one in found)


def test_what_somebody_else_reads_stays() -> None:
    kept = [
        # Read twice.
        [step("Conv", "x w", "a"), step("Relu", "a", "c"), step("Add", "a c", "y")],
        # Given by the graph.
        [step("Conv", "x w", "z"), step("Relu", "z", "y")],
        # Added to itself, to a constant, clamped to what is not known.
        [step("Conv", "x w", "a"), step("Add", "a a", "y")],
        [step("Conv", "x w", "a"), step("Add", "a b", "y")],
        [step("Conv", "x w", "a"), step("Clip", "a x", "y")],
        [step("Conv", "x w", "a"), step("Sigmoid", "a", "y")],
        [step("Conv", "x w", "y")],
    ]
    for steps in kept:
        assert fused(*steps, outputs="y z") == steps


def test_a_sum_that_is_read_twice_is_not_clamped() -> None:
    found = fused(
        step("Conv", "x w", "a"), step("Add", "a x", "c"), step("Relu", "c", "d"), step("Mul", "c d", "y")
    )
    assert found == [step("Conv", "x w - x", "c"), step("Relu", "c", "d"), step("Mul", "c d", "y")]
