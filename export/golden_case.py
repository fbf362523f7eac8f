"""How a golden set of a whole network is run: what each system must say of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.draft import Draft
from export.golden import GoldenSet
from export.golden_report import Array


@dataclass(frozen=True, slots=True)
class NetworkRun:
    """What a network gives in PyTorch.

    Attributes:
        arrays: by the names of the golden set, whole.
        answers: the answers that a bundle of it makes (videos, answers, classes).
    """

    arrays: Mapping[str, Array]
    answers: Array


@dataclass(frozen=True, slots=True)
class GraphArray:
    """A golden array that an input or output of a graph must be.

    Attributes:
        file: of the graph.
        port: the input's or output's name.
        averaged: axis of the golden array over which the graph has taken the mean; None for none.
        by_time: the graph takes a step at a time, and the golden array lists them in order of time.
    """

    file: str
    port: str
    averaged: int | None = None
    by_time: bool = False


@dataclass(frozen=True, slots=True)
class NetworkCase:
    """One system.

    Attributes:
        build: reads a checkpoint file and builds the network as the set's ``config`` has it.
        run: runs the set's frames through the network in PyTorch.
        draft: the bundle that the network is exported to, given the checkpoint's SHA-256.
        pool: the frames of each video that make up its pool, in order.
        graphs: where golden arrays are found among the graphs.
        answers: the golden arrays that follow from the answers (videos, answers, classes); what a bundle
            does not answer is taken from the run in PyTorch.
        planned: the golden arrays that follow from the candidate (videos, steps) and the rectangle
            (videos, steps, 4) of each step.
    """

    build: Callable[[GoldenSet, Path], Any]
    run: Callable[[GoldenSet, Any], NetworkRun]
    draft: Callable[[GoldenSet, Any, str], Draft]
    pool: Callable[[GoldenSet], list[int]]
    graphs: Callable[[GoldenSet], dict[str, list[GraphArray]]]
    answers: Callable[[GoldenSet, Array, NetworkRun], dict[str, Array]]
    planned: Callable[[Array, Array], dict[str, Array]]


def patch_of(golden: GoldenSet) -> int:
    """Side of a patch in pixels."""
    return int(golden.spec["config"]["patch_size"])


def every_frame(golden: GoldenSet) -> list[int]:
    """The pool of a system that uses all frames of a set, in order."""
    return list(range(golden.spec["input"]["shape"][1]))
