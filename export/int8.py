"""A bundle's heavy networks in 8-bit integers, and what that costs: the accuracy report.

The glance and the focus network are quantised, the policy and the classifier never. A glance whose
quantisation would change the plan is put back as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.graphs import GraphSpec
from export.plan_parity import lost_choices
from export.quantise import Feed, quantise_graph
from export.request import Progress
from export.runtimes import NetworkRuntime, SideBySide
from foveate.bundle.manifest import Graph, Manifest, Quantisation, QuantisedOutput
from foveate.engine.messages import Options
from foveate.parity.frames import smooth_frames
from foveate.parity.recording import RecordingRuntime
from foveate.parity.straight import StraightRun
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

Array = NDArray[Any]

_HELD_OUT = 2
_SEED = 1
_FEED = 4
"""Units in a batch of calibration."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Frames that scales are made from.

    Attributes:
        frames: 8-bit pool frames (videos, pool, crop, crop, 3).
        source: what they are, for the report.
    """

    frames: NDArray[np.uint8]
    source: str


def quantise_bundle(
    manifest: Manifest,
    folder: Path,
    specs: Sequence[GraphSpec],
    calibration: Calibration,
    progress: Progress,
) -> Quantisation:
    """Quantise a bundle's heavy graphs in place.

    Args:
        manifest: of the bundle in float32.
        folder: where its graphs are.
        specs: the networks they came from.
        calibration: frames to make scales from.
        progress: told what is being done.

    Raises:
        ExportError: a graph cannot be quantised.
    """
    recording = RecordingRuntime(OnnxCpuRuntime())
    run = StraightRun(manifest, folder, recording, calibration.frames)
    for video in range(len(calibration.frames)):
        run.video(video, Options())
    shape = calibration.frames.shape
    held_out = smooth_frames(_HELD_OUT, shape[1], shape[2], seed=_SEED)
    kept: list[str] = []
    for graph in _heavy(manifest):
        progress(f"quantising {graph.file}")
        path = folder / graph.file
        before = path.read_bytes()
        quantise_graph(path, path, _feeds(recording, graph))
        if lost := lost_choices(manifest, folder, specs, held_out, OnnxCpuRuntime()):
            progress(f"{lost} choices that were no near ties would change: {graph.file} stays in float32")
            path.write_bytes(before)
            kept.append(graph.file)
    return _report(manifest, folder, specs, calibration, held_out, tuple(kept))


def _heavy(manifest: Manifest) -> list[Graph]:
    networks = (manifest.networks.glance, manifest.networks.focus)
    return [graph for network in networks if network for graph in network.forms.values()]


def _feeds(recording: RecordingRuntime, graph: Graph) -> list[Feed]:
    values = {port.name: recording.values(graph.file, port.name) for port in graph.inputs}
    count = len(next(iter(values.values())))
    return [
        {name: array[start : start + _FEED] for name, array in values.items()}
        for start in range(0, count, _FEED)
    ]


def _report(
    manifest: Manifest,
    folder: Path,
    specs: Sequence[GraphSpec],
    calibration: Calibration,
    frames: NDArray[np.uint8],
    kept: tuple[str, ...],
) -> Quantisation:
    squares: dict[tuple[str, str], tuple[float, float]] = {}
    heavy = {graph.file for graph in _heavy(manifest)} - set(kept)

    def watch(graph: Graph, found: Sequence[Array], wanted: Sequence[Array]) -> None:
        for port, mine, theirs in zip(graph.outputs, found, wanted, strict=True):
            if graph.file in heavy:
                error, size = squares.get((graph.file, port.name), (0.0, 0.0))
                difference = np.asarray(mine, np.float64) - theirs
                more = float((difference**2).sum()), float((np.asarray(theirs, np.float64) ** 2).sum())
                squares[graph.file, port.name] = error + more[0], size + more[1]

    networks = NetworkRuntime(specs)
    both = StraightRun(manifest, folder, SideBySide(OnnxCpuRuntime(), networks, watch), frames)
    alone = StraightRun(manifest, folder, OnnxCpuRuntime(), frames)
    answers, made = both.plan.answers, both.answers_made(Options())
    same = []
    for video in range(len(frames)):
        wanted = both.video(video, Options()).logits(answers)[made].argmax(-1)
        same += (alone.video(video, Options()).logits(answers)[made].argmax(-1) == wanted).tolist()
    return Quantisation(
        calibrated_on=calibration.source,
        videos=len(calibration.frames),
        kept_float=kept,
        outputs=tuple(
            QuantisedOutput(
                graph=graph, output=output, relative_error=float(np.sqrt(error / max(size, 1e-30)))
            )
            for (graph, output), (error, size) in squares.items()
        ),
        answers_compared=len(same),
        answers_agreeing=sum(same),
    )
