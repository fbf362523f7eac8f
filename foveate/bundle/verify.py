"""Verifying a bundle: every hash, every graph's inputs and outputs, and one run of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from foveate.bundle.check_exits import can_stop
from foveate.bundle.hashes import sha256
from foveate.bundle.load import MANIFEST, Bundle
from foveate.bundle.manifest import Graph, Input, Manifest, Output
from foveate.bundle.vocabulary import ElementType
from foveate.runtimes.weights import in_bf16

_ONNX_TYPES = {
    ElementType.FLOAT32: "tensor(float)",
    ElementType.FLOAT16: "tensor(float16)",
    ElementType.INT64: "tensor(int64)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        what: what was checked.
        problem: what is wrong, None where nothing is.
    """

    what: str
    problem: str | None = None


def verify(bundle: Bundle) -> Iterator[Finding]:
    """Check a loaded bundle's files, one finding at a time, in the order of the manifest."""
    yield _surplus(bundle)
    yield _exits(bundle.manifest)
    for name, wanted in bundle.manifest.files.items():
        found = sha256(bundle.folder / name)
        problem = None if found == wanted else f"its SHA-256 is {found}, the manifest has {wanted}"
        yield Finding(f"{name}: hash", problem)
    networks = bundle.manifest.networks
    present = [n for n in (networks.glance, networks.policy, networks.focus, networks.classifier) if n]
    for graph in (graph for network in present for graph in network.forms.values()):
        yield from _verify_graph(bundle.folder / graph.file, graph)


def _surplus(bundle: Bundle) -> Finding:
    known = {*bundle.manifest.files, MANIFEST}
    surplus = sorted(path.name for path in bundle.folder.iterdir() if path.name not in known)
    return Finding("no surplus files", f"not in the manifest: {', '.join(surplus)}" if surplus else None)


def _exits(manifest: Manifest) -> Finding:
    """What exits there are; that they fit was found out as the bundle was loaded."""
    if manifest.exits is not None:
        settings, measure = len(manifest.exits.settings), manifest.exits.measure.value
        return Finding(f"exits: {settings} settings by {measure}, from {manifest.exits.source}")
    why = "not calibrated" if can_stop(manifest) else "no video can stop before its last answer"
    return Finding(f"exits: none, {why}")


def _verify_graph(path: Path, graph: Graph) -> Iterator[Finding]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's own exceptions share no base class
        if in_bf16(path):
            yield Finding(f"{graph.file}: not run here, where nothing runs bf16")
        else:
            yield Finding(f"{graph.file}: opens", str(error).strip().splitlines()[0])
        return
    yield Finding(f"{graph.file}: opens")
    problem = _ports(session.get_inputs(), graph.inputs) or _ports(session.get_outputs(), graph.outputs)
    yield Finding(f"{graph.file}: inputs and outputs", problem)
    if problem is None:
        for units in (1, 2):
            yield Finding(f"{graph.file}: run of {units}", _run(session, graph, units))


def _ports(found: Any, wanted: tuple[Input, ...] | tuple[Output, ...]) -> str | None:
    """Compare what a session has with what the manifest says; the batch axis must be free."""
    have = {value.name: (value.type, tuple(value.shape)) for value in found}
    if have.keys() != {port.name for port in wanted}:
        return f"the graph has {sorted(have)}, the manifest {sorted(port.name for port in wanted)}"
    for port in wanted:
        element, shape = have[port.name]
        if element != _ONNX_TYPES[port.dtype]:
            return f"{port.name} is {element}, the manifest has {port.dtype.value}"
        if not shape or isinstance(shape[0], int) or shape[1:] != port.shape:
            return f"{port.name} has the shape {shape}, the manifest {port.shape} after a free batch axis"
    return None


def _run(session: onnxruntime.InferenceSession, graph: Graph, units: int) -> str | None:
    inputs = {port.name: np.zeros((units, *port.shape), port.dtype.value) for port in graph.inputs}
    try:
        results = session.run([output.name for output in graph.outputs], inputs)
    except Exception as error:  # the library's own exceptions share no base class
        return str(error).strip().splitlines()[0]
    for output, values in zip(graph.outputs, results, strict=True):
        if values.shape != (units, *output.shape):
            return f"{output.name} came as {values.shape}"
        if not np.isfinite(values).all():
            return f"{output.name} has values that are not finite"
    return None
