"""Graphs, and a driver without a GPU."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from foveate.bundle.manifest import Graph
from tests.engine.parts import graph, out, port


def as_graph(record: dict[str, Any]) -> Graph:
    return Graph.model_validate(record)


DOUBLE = as_graph(
    graph(
        "double.onnx",
        [port("x", "glance", [3], "x")],
        [out("twice", "feature", [3]), out("plus", "feature", [3])],
        3,
    )
)


def write_double(path: Path, weights: type[np.generic] | None = None) -> Path:
    """A graph of one input and two outputs, declared in the other order than ``DOUBLE`` has them."""
    nodes = [
        helper.make_node("Add", ["x", "x"], ["twice"]),
        helper.make_node("Add", ["twice", "x"], ["plus"]),
    ]
    tensors = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3])
        for name in ("x", "twice", "plus")
    }
    constants = [numpy_helper.from_array(np.zeros(3, weights), "unused")] if weights else []
    made = helper.make_graph(
        nodes, "double", [tensors["x"]], [tensors["plus"], tensors["twice"]], initializer=constants
    )
    opset = helper.make_opsetid("", 20)
    onnx.save(helper.make_model(made, opset_imports=[opset], ir_version=10), path)
    return path


class Driver:
    """What ``find_gpu`` asks of the driver's library."""

    def __init__(self, name: bytes = b"Some GPU", count: int = 1, broken: int = 0) -> None:
        self._name = name
        self._count = count
        self._broken = broken

    def cuInit(self, flags: int) -> int:
        return self._broken

    def cuGetErrorString(self, code: int, text: Any) -> int:
        ctypes.cast(text, ctypes.POINTER(ctypes.c_char_p))[0] = b"something is amiss"
        return 0

    def cuDeviceGetCount(self, count: Any) -> int:
        return _set(count, self._count)

    def cuDeviceGet(self, device: Any, index: int) -> int:
        return _set(device, index)

    def cuDeviceGetName(self, buffer: Any, size: int, device: Any) -> int:
        buffer.value = self._name
        return 0

    def cuDeviceGetAttribute(self, value: Any, attribute: int, device: Any) -> int:
        return _set(value, {75: 9, 76: 0}[attribute])

    def cuDeviceTotalMem_v2(self, size: Any, device: Any) -> int:
        ctypes.cast(size, ctypes.POINTER(ctypes.c_size_t))[0] = 80 << 30
        return 0

    def cuDriverGetVersion(self, version: Any) -> int:
        return _set(version, 13010)


def _set(reference: Any, value: int) -> int:
    ctypes.cast(reference, ctypes.POINTER(ctypes.c_int))[0] = value
    return 0
