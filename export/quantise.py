"""One graph in 8-bit integers: quantise and dequantise nodes around convolutions and matrix products.

As TensorRT and TensorRT-RTX take them: signed, symmetric, weights by channel, biases in float32.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from foveate.errors import ExportError

Feed = Mapping[str, NDArray[Any]]

_KINDS = ["Conv", "Gemm", "MatMul"]
_OPTIONS = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}


class _Reader:
    """Gives one batch after the other; the library asks no more of a reader."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._left: Iterator[Feed] = iter(feeds)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        feed = next(self._left, None)
        return None if feed is None else dict(feed)


def quantise_graph(source: Path, target: Path, feeds: Sequence[Feed]) -> None:
    """Write a quantised copy of a float32 graph.

    Args:
        source: its file.
        target: where the copy goes.
        feeds: batches of inputs, from whose ranges the scales are made.

    Raises:
        ExportError: the graph cannot be quantised.
    """
    # No sooner: whoever exports without 8-bit integers may have an ONNX Runtime without its quantiser.
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType
    from onnxruntime.quantization.quantize import quantize_static

    root = logging.getLogger()
    level = root.level
    # The quantiser advises on the root logger to prepare graphs in ways that do not concern ours.
    root.setLevel(logging.ERROR)
    try:
        quantize_static(
            source,
            target,
            _Reader(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_KINDS,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options=_OPTIONS,
        )
    except Exception as error:  # the library's own exceptions share no base class
        raise ExportError(f"{source.name} cannot be quantised: {error}") from error
    finally:
        root.setLevel(level)
