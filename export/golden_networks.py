"""Running a golden set of a whole network: in PyTorch, and as the graphs of a bundle."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from export.compare import PIXELS, RELATIVE
from export.draft import export_draft
from export.golden import GoldenSet
from export.golden_case import GraphArray, NetworkCase, NetworkRun
from export.golden_report import Array, Line, Say, cannot, difference
from export.precision import Precision
from export.request import ExportRequest
from foveate.bundle.load import Bundle, load_bundle
from foveate.parity.recording import RecordingRuntime
from foveate.parity.straight import StraightRun, every_course
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from models.checkpoint import file_sha256


@dataclass(frozen=True, slots=True)
class Exported:
    """A golden set whose network has been exported.

    Attributes:
        name: of the set.
        golden: the set.
        case: its system's.
        run: what the network gave in PyTorch.
        bundle: what it was exported to.
        frames: pool frames of its videos (videos, pool, crop, crop, 3).
    """

    name: str
    golden: GoldenSet
    case: NetworkCase
    run: NetworkRun
    bundle: Bundle
    frames: NDArray[np.uint8]


def in_torch(name: str, golden: GoldenSet, run: NetworkRun) -> Iterator[Line]:
    """Every array of a set, from the network in PyTorch."""
    for array in golden.arrays:
        if array in run.arrays:
            yield compared(name, golden, array, run.arrays[array], "torch")
        else:
            yield Line(name, array, "torch", None, note="the network gives no such array")


def run_network(golden: GoldenSet, case: NetworkCase, checkpoint: Path) -> tuple[Any, NetworkRun]:
    """Write the set's checkpoint as the published scripts do, read it and run the set's frames.

    Returns:
        The network, and what it gave.
    """
    torch.save(golden.checkpoint(), checkpoint)
    network = case.build(golden, checkpoint)
    with torch.no_grad():
        return network, case.run(golden, network)


def export_set(
    name: str,
    golden: GoldenSet,
    case: NetworkCase,
    network: Any,
    run: NetworkRun,
    checkpoint: Path,
    out: Path,
    say: Say,
    precision: Precision = "fp32",
) -> Exported:
    """Export a set's network, whatever its sizes; in 16 bits it is held to what an export in them is.

    Raises:
        FoveateError: it cannot be exported.
    """
    labels = tuple(f"class {number}" for number in range(run.answers.shape[2]))
    request = ExportRequest(checkpoint, labels, out, precision=precision)
    export_draft(case.draft(golden, network, file_sha256(checkpoint)), request, say)
    frames = np.ascontiguousarray(golden.pixels()[:, case.pool(golden)])
    slack = 0.0 if precision == "fp32" else RELATIVE[precision]
    return Exported(name, replace(golden, slack=slack), case, run, load_bundle(out), frames)


def in_onnx(exported: Exported) -> Iterator[Line]:
    """Every array that a graph takes or gives, every planned patch and every answer."""
    name, golden, case = exported.name, exported.golden, exported.case
    manifest = exported.bundle.manifest
    if exported.frames.shape[1] != manifest.sampling.pool:
        yield cannot(name, "onnx", f"the set's pool is not the bundle's of {manifest.sampling.pool} frames")
        return
    recording = RecordingRuntime(OnnxCpuRuntime())
    straight = StraightRun(manifest, exported.bundle.folder, recording, exported.frames)
    told: set[tuple[str, GraphArray]] = set()
    for number, options in enumerate(every_course(straight.plan)):
        recording.clear()
        stores = [straight.video(video, options) for video in range(len(exported.frames))]
        frames = np.stack([store.views[0].frames for store in stores])
        # In 16 bits each graph was held to its network alone, at the export; here are places and answers.
        for array, places in case.graphs(golden).items() if not golden.slack else ():
            for place in places:
                new = array in golden.arrays and (array, place) not in told
                if new and place.file in recording.files:
                    told.add((array, place))
                    value = recording.values(place.file, place.port)
                    ordered = in_order_of_time(value, frames) if place.by_time else value
                    yield _graph_line(exported, array, place, ordered)
        answers = exported.run.answers.copy()
        made = straight.answers_made(options)
        for video, store in enumerate(stores):
            answers[video, made] = store.logits(straight.plan.answers)[made]
        where = "onnx" if number == 0 else f"onnx, way {number + 1}"
        yield from answered(exported, answers, where)
        rectangles = np.stack([store.views[0].rectangles for store in stores])
        yield from planned(exported, frames, rectangles, where)


def answered(exported: Exported, answers: Array, where: str) -> Iterator[Line]:
    """The arrays that follow from answers (videos, answers, classes)."""
    found = exported.case.answers(exported.golden, answers, exported.run)
    for array, value in found.items():
        if array in exported.golden.arrays:
            yield compared(exported.name, exported.golden, array, value, where)


def planned(exported: Exported, frames: Array, rectangles: Array, where: str) -> Iterator[Line]:
    """The arrays that follow from where a video was looked at."""
    golden, most = exported.golden, PIXELS["fp16"]
    for array, value in exported.case.planned(frames, rectangles).items():
        if array in golden.arrays:
            line = compared(exported.name, golden, array, value, where)
            # What is between the pixels may be off as far as an export allows, and not by a part of itself.
            yield replace(line, tolerance=min(line.tolerance, most)) if golden.slack else line


def compared(name: str, golden: GoldenSet, array: str, value: Array, where: str) -> Line:
    """One array, whole, against the golden one."""
    return Line(name, array, where, golden.error(array, value), golden.tolerance(array))


def in_order_of_time(value: Array, frames: Array) -> Array:
    """Rows of steps in order of their frames.

    Args:
        value: (videos * steps, ...), each video's steps as they were run.
        frames: candidate of each step (videos, steps).
    """
    videos, steps = frames.shape
    rows = np.arange(videos)[:, None] * steps + np.argsort(frames, 1, kind="stable")
    ordered: Array = value[rows.reshape(-1)]
    return ordered


def _graph_line(exported: Exported, array: str, place: GraphArray, value: Array) -> Line:
    golden, where = exported.golden, f"onnx {place.file.removesuffix('.onnx')}:{place.port}"
    described = golden.spec["arrays"][array]
    if place.averaged is not None:
        wanted = golden.arrays[array].astype(np.float64).mean(place.averaged)
        return Line(exported.name, array, where, difference(value, wanted), golden.tolerance(array))
    # A set that does not say an array's shape has it as the network gives it.
    unsaid = exported.run.arrays[array].shape if array in exported.run.arrays else value.shape
    shape = tuple(described.get("shape", unsaid))
    if int(np.prod(shape)) == value.size:
        value = value.reshape(shape)
    return compared(exported.name, golden, array, value, where)
