"""A small bundle whose glance and focus are convolutions of every kind that there is."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from foveate.bundle.manifest import Graph
from foveate.bundle.writer import write_labels, write_manifest
from tests.engine import systems
from tests.runtimes.made import write_double


def write_bundle(folder: Path) -> Path:
    """Graphs of policy and classifier are there and no more: nobody runs them."""
    folder.mkdir()
    manifest = systems.recurrent()
    write_labels(folder, [f"class {number}" for number in range(manifest.classes)])
    for name, network in manifest.networks:
        for graph in network.forms.values():
            if name in ("glance", "focus"):
                write_convolutions(folder / graph.file, graph)
            else:
                write_double(folder / graph.file)
    write_manifest(folder, manifest)
    return folder


def write_convolutions(path: Path, graph: Graph) -> None:
    """In half precision: dense, two depthwise, and three of one pixel: few channels, a residual, many."""
    nodes, constants = _nodes(graph.inputs[0].name), _constants()
    for output in graph.outputs:
        nodes.append(helper.make_node("MatMul", ["mean", f"to_{output.name}"], [output.name]))
        constants[f"to_{output.name}"] = np.ones((64, *output.shape), np.float32)
    inputs, outputs = (
        [helper.make_tensor_value_info(p.name, TensorProto.FLOAT, ["n", *p.shape]) for p in ports]
        for ports in (graph.inputs, graph.outputs)
    )
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    opset = helper.make_opsetid("", 20)
    whole = helper.make_graph(nodes, "convolutions", inputs, outputs, initializer=tensors)
    onnx.save(helper.make_model(whole, opset_imports=[opset], ir_version=10), path)


def _nodes(pixels: str) -> list[onnx.NodeProto]:
    node = helper.make_node
    return [
        node("Cast", [pixels], ["cast"], to=TensorProto.FLOAT16),
        node("Conv", ["cast", "first", "bias"], ["a"], pads=[1] * 4, strides=[2, 2]),
        node("Relu", ["a"], ["b"]),
        node("Conv", ["b", "taps", "bias"], ["c"], pads=[1] * 4, group=16),
        node("Clip", ["c", "low", "high"], ["d"]),
        node("Conv", ["d", "taps", "bias"], ["e"], pads=[1] * 4, group=16),
        node("Clip", ["e", "low", "high"], ["f"]),
        node("Conv", ["f", "narrow", "bias"], ["g"]),
        node("Conv", ["g", "narrow", "bias"], ["h"]),
        node("Add", ["h", "g"], ["i"]),
        node("Relu", ["i"], ["j"]),
        node("Conv", ["j", "wide"], ["k"]),
        node("ReduceMean", ["k", "axes"], ["l"], keepdims=0),
        node("Cast", ["l"], ["mean"], to=TensorProto.FLOAT),
    ]


def _constants() -> dict[str, NDArray[Any]]:
    drawn = np.random.default_rng(0)
    shapes = {"first": (16, 3, 3, 3), "taps": (16, 1, 3, 3), "narrow": (16, 16, 1, 1), "wide": (64, 16, 1, 1)}
    weights = {name: 0.2 * drawn.standard_normal(shape) for name, shape in (shapes | {"bias": (16,)}).items()}
    constants = weights | {"low": np.array(0.0), "high": np.array(6.0)}
    return {name: array.astype(np.float16) for name, array in constants.items()} | {"axes": np.array([2, 3])}
