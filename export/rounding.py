"""Running graphs in 16 bits on a CPU as a GPU does: in float32, each value rounded.

A GPU adds up the products of 16-bit numbers in float32 and rounds each result. The same is had from float32
operators whose results are rounded to 16 bits and back. Of itself ONNX Runtime on a CPU runs no graph in
bfloat16, and one in half precision without rounding anything but its weights. Only an export needs this: to
hold a bundle in bfloat16 to its network, and to see whether a GPU's rounding would change a plan.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, RuntimeInfo
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.onnx_session import Session
from foveate.runtimes.weights import weight_precision

_BEFORE = ".exact"
_NARROW = (TensorProto.BFLOAT16, TensorProto.FLOAT16)


class RoundingRuntime:
    """ONNX Runtime on the CPU, and graphs in bfloat16 by rounding; see ``Runtime``.

    Args:
        half: those in half precision by rounding too.
    """

    def __init__(self, half: bool = False) -> None:
        self._plain = OnnxCpuRuntime()
        self._rounded = ("bf16", "fp16") if half else ("bf16",)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._plain.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """See ``Runtime.load``."""
        if weight_precision(path) not in self._rounded:
            return self._plain.load(path, graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # Rounding there and back must not be taken for a detour.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        model = in_float32(onnx.load(path)).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return Session(session, [output.name for output in graph.outputs])


def in_float32(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph in float32, every result that was in 16 bits rounded to them."""
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    narrow = {
        value.name: value.type.tensor_type.elem_type
        for value in (*inferred.graph.value_info, *inferred.graph.output)
        if value.type.tensor_type.elem_type in _NARROW
    }
    nodes = [node for each in model.graph.node for node in _rounded(each, narrow)]
    initializers = [_widened(constant) for constant in model.graph.initializer]
    graph = helper.make_graph(nodes, "graph", model.graph.input, model.graph.output, initializers)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _rounded(node: onnx.NodeProto, narrow: dict[str, int]) -> list[onnx.NodeProto]:
    """A node in float32, and the rounding of what it gives."""
    found, after = onnx.NodeProto(), []
    found.CopyFrom(node)
    for attribute in found.attribute:
        if attribute.name == "to" and attribute.i in _NARROW:
            attribute.i = TensorProto.FLOAT
        if attribute.HasField("t"):
            attribute.t.CopyFrom(_widened(attribute.t))
    for place, name in enumerate(node.output):
        if name in narrow:
            found.output[place] = name + _BEFORE
            after.append(_cast(name + _BEFORE, name + _BEFORE + "16", narrow[name]))
            after.append(_cast(name + _BEFORE + "16", name, TensorProto.FLOAT))
    return [found, *after]


def _cast(source: str, target: str, kind: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], to=kind)


def _widened(tensor: onnx.TensorProto) -> onnx.TensorProto:
    if tensor.data_type not in _NARROW:
        return tensor
    return numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name)
