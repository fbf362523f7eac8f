"""Whether two ways of running a bundle's graphs choose the same patches.

A choice may turn out otherwise where it was a near tie. Where it was decided by more than a margin, the plan
is another one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph, Manifest
from foveate.engine.messages import Options
from foveate.parity.recording import RecordingRuntime
from foveate.parity.straight import StraightRun
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo, Tensor

Array = NDArray[Any]
Outputs = Mapping[str, Array]

MARGIN = 0.01
"""Difference between the best and the next score from which on a choice must survive."""
PIXELS = 1.0
"""How far a place that is no choice among a few may move, in pixels of the frame."""


def lost_choices(
    manifest: Manifest, folder: Path, frames: NDArray[np.uint8], found: Runtime, wanted: Runtime
) -> int:
    """How many choices of the policy one runtime makes otherwise than another, though they were no near ties.

    Args:
        manifest: of the bundle.
        folder: where its graphs are.
        frames: 8-bit pool frames (videos, pool, crop, crop, 3).
        found: what is looked at; it runs the glance and the policy, nothing else.
        wanted: what it is compared with; the same.
    """
    if manifest.networks.policy is None:
        return 0
    there = _policy_outputs(manifest, folder, wanted, frames)
    here = _policy_outputs(manifest, folder, found, frames)
    return sum(lost(here[file], there[file]) for file in there)


def lost(found: Outputs, wanted: Outputs) -> int:
    """Choices made otherwise by more than a near tie, in the outputs of one policy graph.

    Args:
        found: outputs by name.
        wanted: the same, of what they are compared with.
    """
    total = 0
    if "frames" in wanted:
        otherwise = (found["frames"] != wanted["frames"]).any(-1)
        total += int((otherwise & (frame_margin(wanted) >= MARGIN)).sum())
    if "rectangles" in wanted:
        far = np.abs(found["rectangles"] - wanted["rectangles"]).reshape(-1, 4).max(1)
        total += int((_moved(far, wanted)).sum())
    return total


def frame_margin(wanted: Outputs) -> Array:
    """By how much each video's choice of frames was decided (videos).

    Where the most probable are taken: the last one taken over the first one left. Where places in time are
    rounded down: the distance from the next whole frame, in frames.
    """
    if "probabilities" in wanted:
        count = wanted["frames"].shape[-1]
        ranked = -np.sort(-wanted["probabilities"], -1)
        if count == ranked.shape[-1]:
            return np.full(len(ranked), np.inf)
        margin: Array = ranked[..., count - 1] - ranked[..., count]
        return margin
    places = wanted["real"]
    nearest: Array = np.abs(places - np.round(places)).min(-1)
    return nearest


def _moved(far: Array, wanted: Outputs) -> Array:
    """Which rectangles moved (decisions): by scores where one of a few places is taken, else by distance."""
    scores = wanted.get("logits")
    if scores is None or scores.shape[-1] <= 2:
        return far > PIXELS
    ranked = np.sort(scores.reshape(-1, scores.shape[-1]), -1)
    moved: Array = (far > 0) & (ranked[:, -1] - ranked[:, -2] >= MARGIN)
    return moved


def _policy_outputs(
    manifest: Manifest, folder: Path, runtime: Runtime, frames: NDArray[np.uint8]
) -> dict[str, dict[str, Array]]:
    recording = RecordingRuntime(_Looking(runtime, manifest))
    run = StraightRun(manifest, folder, recording, frames)
    for video in range(len(frames)):
        run.video(video, Options())
    policy = manifest.networks.policy
    assert policy is not None
    return {
        graph.file: {port.name: recording.values(graph.file, port.name) for port in graph.outputs}
        for graph in policy.forms.values()
        if graph.file in recording.files
    }


class _Looking:
    """Runs the glance and the policy; everything else gives zeros, which no plan depends on."""

    def __init__(self, runtime: Runtime, manifest: Manifest) -> None:
        networks = (manifest.networks.glance, manifest.networks.policy)
        self._runtime = runtime
        self._files = {graph.file for network in networks if network for graph in network.forms.values()}

    @property
    def info(self) -> RuntimeInfo:
        return self._runtime.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        return self._runtime.load(path, graph) if graph.file in self._files else _Zeros(graph)


class _Zeros:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        units = len(inputs[self._graph.inputs[0].name])
        return [np.zeros((units, *port.shape), port.dtype.value) for port in self._graph.outputs]
