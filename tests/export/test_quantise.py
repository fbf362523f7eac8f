import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from export.quantise import quantise_graph
from foveate.bundle.manifest import Graph
from foveate.errors import ExportError
from foveate.runtimes.weights import weight_precision
from foveate.tensorrt.flavour import Flavour
from tests.export.conftest import Exported
from tests.tensorrt.compiled import assert_graph_compiles


def focus_of(exported: Exported) -> tuple[Path, Graph]:
    focus = exported.bundle.manifest.networks.focus
    assert focus is not None
    (graph,) = focus.forms.values()
    return exported.bundle.folder / graph.file, graph


def test_a_quantised_graph_is_close_and_compiles(small: Exported, tmp_path: Path, rtx: Flavour) -> None:
    path, graph = focus_of(small)
    drawn = np.random.default_rng(0)
    feeds = [{"pixels": drawn.normal(size=(2, *graph.inputs[0].shape)).astype(np.float32)} for _ in range(3)]
    quantise_graph(path, tmp_path / "int8.onnx", feeds[:2])
    kinds = {node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    assert weight_precision(tmp_path / "int8.onnx") == "int8"
    before, after = (
        onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, feeds[2])[0]
        for file in (path, tmp_path / "int8.onnx")
    )
    error = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert 0 < error < 0.1
    assert_graph_compiles(tmp_path / "int8.onnx", graph, rtx)


def test_what_cannot_be_quantised(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a graph")
    with pytest.raises(ExportError, match=r"x\.onnx cannot be quantised"):
        quantise_graph(tmp_path / "x.onnx", tmp_path / "y.onnx", [])


def test_whoever_does_not_quantise_needs_no_quantiser() -> None:
    program = "import sys; sys.modules['onnxruntime.quantization'] = None; import export.draft"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
