"""In which precision a graph's weights are, read from the ONNX file without a library for it.

Serving needs no ONNX library, and only three fields of the format are looked at: a model's graph, a graph's
initializers, and an initializer's type (``onnx.proto``: fields 7, 5 and 2).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from foveate.errors import BundleError

Precision = Literal["fp32", "fp16", "bf16", "int8"]

_GRAPH, _INITIALIZER, _DATA_TYPE = 7, 5, 2
_NAMES: dict[int, Precision] = {2: "int8", 3: "int8", 16: "bf16", 10: "fp16"}
"""Numbers of ``TensorProto.DataType``, the narrowest first: one tensor of a kind makes the graph of it."""


def weight_precision(path: Path) -> Precision:
    """The narrowest type among a graph's weights; float32 where there is none narrower.

    Raises:
        BundleError: the file cannot be read, or is no ONNX graph.
    """
    try:
        data = memoryview(path.read_bytes())
        types = {
            kind
            for graph in _fields(data, _GRAPH)
            for tensor in _fields(_bytes(graph), _INITIALIZER)
            for kind in _fields(_bytes(tensor), _DATA_TYPE)
        }
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, IndexError) as error:
        raise BundleError(f"{path} is no ONNX graph") from error
    return next((name for number, name in _NAMES.items() if number in types), "fp32")


def in_bf16(path: Path) -> bool:
    """Whether a graph is in bfloat16, which ONNX Runtime does not run on a CPU; no, where it is no graph."""
    try:
        return weight_precision(path) == "bf16"
    except BundleError:
        return False


def _bytes(value: memoryview | int) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number where a message was expected")
    return value


def _fields(data: memoryview, wanted: int) -> Iterator[memoryview | int]:
    """The values of one field of a message of protocol buffers."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        value: memoryview | int
        if kind == 0:
            value, at = _varint(data, at)
        else:
            if kind == 2:
                size, at = _varint(data, at)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise ValueError(f"no field has the wire type {kind}")
            value, at = data[at : at + size], at + size
        if at > len(data):
            raise ValueError("it ends within a field")
        if number == wanted:
            yield value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
