"""From a PyTorch module to an ONNX file of dynamic batch, and nothing of this machine in it."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import onnx
import torch
from torch import nn

from foveate.bundle.manifest import Input, Output
from foveate.errors import ExportError

OPSET = 20
BF16_OPSET = 22
"""The first whose convolutions take bfloat16."""
_TYPES = {"float32": torch.float32, "float16": torch.float16, "int64": torch.int64}


def write_graph(module: nn.Module, inputs: Sequence[Input], outputs: Sequence[Output], path: Path) -> None:
    """Export a module and save it.

    Args:
        module: takes the inputs in order, batch axis first, and gives the outputs in order.
        inputs: name, type and shape of one unit of each input.
        outputs: the same of each output.
        path: where to save.

    Raises:
        ExportError: the exporter fails, or gives a graph of other inputs, outputs or batch axis.
    """
    # Two units, because the exporter takes a batch of one for a constant.
    example = tuple(torch.zeros((2, *port.shape), dtype=_TYPES[port.dtype]) for port in inputs)
    batch = torch.export.Dim("n")
    try:
        with torch.no_grad(), _quiet():
            program = torch.onnx.export(
                module.eval(),
                example,
                dynamo=True,
                opset_version=opset_of(module),
                input_names=[port.name for port in inputs],
                output_names=[port.name for port in outputs],
                dynamic_shapes=tuple({0: batch} for _ in inputs),
                verbose=False,
            )
    except Exception as error:  # the exporter's own exceptions share no base class
        raise ExportError(f"{path.name} could not be exported: {error}") from error
    if program is None:
        raise ExportError(f"{path.name} could not be exported: the exporter gave no program")
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model, full_check=False)
    _check_ports(model, inputs, outputs, path.name)
    path.write_bytes(model.SerializeToString(deterministic=True))


def opset_of(module: nn.Module) -> int:
    """The opset that a module's weights ask for."""
    return BF16_OPSET if torch.bfloat16 in {weight.dtype for weight in module.parameters()} else OPSET


def _strip(model: onnx.ModelProto) -> None:
    """Remove stack traces and source names: they hold paths of this machine and change from run to run."""
    del model.metadata_props[:]
    model.producer_name, model.producer_version, model.doc_string = "foveate", "", ""
    graph = model.graph
    graph.name, graph.doc_string = "graph", ""
    del graph.metadata_props[:]
    values = [graph.input, graph.output, graph.value_info, graph.initializer, graph.node]
    for value in (value for group in values for value in group):
        value.doc_string = ""
        del value.metadata_props[:]


def _check_ports(
    model: onnx.ModelProto, inputs: Sequence[Input], outputs: Sequence[Output], name: str
) -> None:
    for ports, values in ((inputs, model.graph.input), (outputs, model.graph.output)):
        found = [(value.name, _dims(value)) for value in values]
        wanted = [(port.name, ["n", *port.shape]) for port in ports]
        if found != wanted:
            raise ExportError(f"{name} came out as {found}, not {wanted}")


def _dims(value: onnx.ValueInfoProto) -> list[str | int]:
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks about its own libraries away from whoever runs an export."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
