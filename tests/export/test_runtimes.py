from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from export.graphs import GraphSpec, give, read_one
from export.runtimes import NetworkRuntime, RememberingRuntime, SideBySide
from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import Form, Sink, Source


class Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.runs = 0

    def forward(self, x: Tensor) -> Tensor:
        self.runs += 1
        return x * self.factor


def spec_of(factor: float) -> GraphSpec:
    ports = (read_one("x", Source.GLANCE, "x", (2,)),), (give("y", Sink.FEATURE, (2,), "y"),)
    return GraphSpec("focus", Form.WHOLE, "focus.onnx", Times(factor), *ports)


GRAPH = Graph(file="focus.onnx", inputs=spec_of(1).inputs, outputs=spec_of(1).outputs, multiply_adds=0)
PATH = Path("nowhere") / "focus.onnx"
X = np.array([[1.0, 2.0]], np.float32)


def test_a_module_runs_in_the_place_of_its_graph() -> None:
    runtime = NetworkRuntime([spec_of(3)])
    (y,) = runtime.load(PATH, GRAPH).run({"x": X})
    assert y.tolist() == [[3.0, 6.0]]
    assert runtime.info.name == f"torch {torch.__version__}"


def test_side_by_side_goes_on_with_what_is_wanted() -> None:
    seen = []
    runtime = SideBySide(
        NetworkRuntime([spec_of(3)]),
        NetworkRuntime([spec_of(2)]),
        lambda graph, found, wanted: seen.append((graph.file, found[0].tolist(), wanted[0].tolist())),
    )
    (y,) = runtime.load(PATH, GRAPH).run({"x": X})
    assert y.tolist() == [[2.0, 4.0]]
    assert seen == [("focus.onnx", [[3.0, 6.0]], [[2.0, 4.0]])]


def test_a_batch_that_came_before_is_not_run_again() -> None:
    spec = spec_of(3)
    runtime = RememberingRuntime(NetworkRuntime([spec]))
    for inputs in (X, X.copy(), X + 1, X):
        runtime.load(PATH, GRAPH).run({"x": inputs})
    assert isinstance(spec.module, Times)
    assert spec.module.runs == 2
