"""The graphs of a bundle, declared once for exporting, counting, comparing and the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from export.count import multiply_adds
from export.onnx_graph import write_graph
from export.precision import Precision, in_precision
from export.request import Progress
from foveate.bundle.manifest import Graph, Input, Output
from foveate.bundle.vocabulary import ElementType, Form, Sink, Source, Span


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """One graph to be exported.

    Attributes:
        network: which of the four networks, by its name in the manifest.
        form: in which form.
        file: name of its file.
        module: takes the inputs and gives the outputs in order, all in float32, whatever its weights are in;
            it is what the graph is compared with, so it is neither folded nor rounded.
        inputs: its inputs.
        outputs: its outputs.
        exact: its weights stay in float32 in any precision.
    """

    network: str
    form: Form
    file: str
    module: nn.Module
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    exact: bool = False


def write_graphs(
    specs: Sequence[GraphSpec], folder: Path, precision: Precision, progress: Progress
) -> dict[str, dict[Form, Graph]]:
    """Export and count graphs.

    Returns:
        The manifest's graphs of each network by form.

    Raises:
        ExportError: one cannot be exported or counted.
    """
    graphs: dict[str, dict[Form, Graph]] = {}
    for spec in specs:
        progress(f"exporting {spec.file}")
        module = in_precision(spec.module, "fp32" if spec.exact else precision)
        write_graph(module, spec.inputs, spec.outputs, folder / spec.file)
        cost = multiply_adds(folder / spec.file)
        graph = Graph(file=spec.file, inputs=spec.inputs, outputs=spec.outputs, multiply_adds=cost)
        graphs.setdefault(spec.network, {})[spec.form] = graph
    return graphs


def read_one(name: str, source: Source, of: str | None, shape: tuple[int, ...]) -> Input:
    """An input that holds this step's value."""
    dtype = ElementType.INT64 if source is Source.STEP else ElementType.FLOAT32
    return Input(name=name, source=source, of=of, shape=shape, dtype=dtype)


def read_all(name: str, source: Source, of: str, shape: tuple[int, ...]) -> Input:
    """An input that holds the values of all frames or steps."""
    return Input(name=name, source=source, of=of, span=Span.ALL, shape=shape)


def give(name: str, sink: Sink, shape: tuple[int, ...], of: str | None = None) -> Output:
    """An output."""
    dtype = ElementType.INT64 if sink is Sink.FRAMES else ElementType.FLOAT32
    return Output(name=name, sink=sink, of=of, shape=shape, dtype=dtype)
