"""Temporal shifts among the steps of graphs: those that there are, and what only looks like one."""

from dataclasses import replace

import pytest
import torch

from foveate.device.shifts import join_shifts
from foveate.device.steps import Step

CPU = torch.device("cpu")
NUMBERS: dict[str, list[int]] = {
    "videos": [-1, 4, 8, 5, 6],
    "frames": [-1, 8, 5, 6],
    "zeros after": [0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    "zeros before": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    "end": [2**63 - 1],
    **{str(number): [number] for number in (-1, 0, 1, 2, 3, 4)},
}
"""Frames of 8 channels in videos of four, of which two channels come from either side."""


def step(op: str, output: str, *inputs: str | None, **attributes: object) -> Step:
    return Step(op, inputs, (output,), attributes, False)


STEPS = [
    step("Reshape", "v", "x", "videos", allowzero=1),
    step("Slice", "a", "v", "1", "end", "1", "1"),
    step("Slice", "b", "a", "0", "2", "2", "1"),
    step("Pad", "c", "b", "zeros after", mode=b"constant"),
    step("Slice", "d", "v", "0", "-1", "1", "1"),
    step("Slice", "e", "d", "2", "4", "2", "1"),
    step("Pad", "f", "e", "zeros before", mode=b"constant"),
    step("Slice", "g", "v", "4", "end", "2", "1"),
    step("Concat", "h", "c", "f", "g", axis=2),
    step("Reshape", "y", "h", "frames", allowzero=1),
]
FOUND = [
    STEPS[0],
    step("Reshape", "h", "v", "frames", allowzero=1),
    step("TemporalShift", "y", "h", frames=4, part=2),
]


def found(steps: list[Step], numbers: dict[str, list[int]] | None = None, outputs: str = "y") -> list[Step]:
    constants = {name: torch.tensor(value) for name, value in (NUMBERS | (numbers or {})).items()}
    return join_shifts(steps, constants, outputs.split())


def but(output: str, *inputs: str | None, **attributes: object) -> list[Step]:
    """The steps with one of them changed."""
    return [
        replace(one, inputs=inputs or one.inputs, attributes={**one.attributes, **attributes})
        if one.outputs == (output,)
        else one
        for one in STEPS
    ]


def test_a_shift_is_a_step_between_reshapes() -> None:
    before, after = step("Relu", "x", "z"), step("Add", "w", "y", "x")
    assert found([before, *STEPS, after], outputs="w") == [before, *FOUND, after]


def test_the_same_said_otherwise_is_a_shift() -> None:
    for same in (
        but("a", "v", "1", "end", "1"),
        but("d", "v", "0", "3", "1", "1"),
        but("g", "v", "4", "eight", "2"),
        but("c", "b", "zeros after", None),
        but("c", "b", "zeros after", "0"),
        but("h", axis=-3),
    ):
        assert found(same, {"eight": [8]}) == FOUND


NEAR = {
    "all frames, from the next": but("a", "v", "0", "end", "1", "1"),
    "two frames away": but("a", "v", "2", "end", "1", "1"),
    "every other frame": but("a", "v", "1", "end", "1", "2"),
    "along the height": but("a", "v", "1", "end", "3", "1"),
    "fewer channels from the next": but("b", "a", "0", "1", "2", "1"),
    "other channels from the next": but("b", "a", "1", "2", "2", "1"),
    "as many channels as there are": but("b", "a", "0", "end", "2", "1"),
    "fewer channels from before": but("e", "d", "2", "3", "2", "1"),
    "channels from before that overlap": but("e", "d", "1", "3", "2", "1"),
    "a channel left out": but("g", "v", "4", "-1", "2", "1"),
    "a channel twice": but("g", "v", "3", "end", "2", "1"),
    "round about": but("f", "e", "zeros before", mode=b"wrap"),
    "ones at the end": but("f", "e", "zeros before", "1"),
    "given axes": but("f", "e", "zeros before", None, "1"),
    "the other way": but("h", "f", "c", "g"),
    "joined elsewhere": but("h", axis=1),
    "joined with a fourth": but("h", "c", "f", "g", "x"),
    "one of them not padded": but("h", "c", "e", "g"),
    "of another value": but("g", "x", "4", "end", "2", "1"),
    "an end that is not constant": but("a", "v", "1", "x", "1", "1"),
    "a length that is not constant": but("v", "x", "z"),
    "no videos": but("v", "x", "frames"),
    "no frames afterwards": but("y", "h", "videos"),
    "another operator at the end": [*STEPS[:-1], step("Relu", "y", "h")],
}


@pytest.mark.parametrize("kind", NEAR)
def test_what_differs_stays(kind: str) -> None:
    assert found(NEAR[kind]) == NEAR[kind]


@pytest.mark.parametrize(
    "numbers",
    [
        {"zeros after": [0, 0, 0, 0, 0, 0, 1, 0, 0, 1]},
        {"zeros after": NUMBERS["zeros before"], "zeros before": NUMBERS["zeros after"]},
        {"videos": [2, 4, 8, 5, 6]},
        {"videos": [-1, 4, 8, 0, 6], "frames": [-1, 8, 0, 6]},
        {"frames": [-1, 8, 6, 5]},
        {"2": [0], "4": [0]},
    ],
)
def test_other_numbers_stay(numbers: dict[str, list[int]]) -> None:
    assert found(STEPS, numbers) == STEPS


@pytest.mark.parametrize("name", "vabcdefgh")
def test_what_somebody_else_reads_stays(name: str) -> None:
    assert found(STEPS, outputs=f"y {name}") == STEPS
    read = [*STEPS, step("Relu", "z", name)]
    assert found(read, outputs="y z") == read
