"""Graphs in bfloat16: what they give when each value is rounded, what compiles, what is refused."""

from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from export.draft import export_draft
from export.graphs import give, read_one
from export.onnx_graph import BF16_OPSET
from export.request import ExportRequest
from export.rounding import RoundingRuntime, in_float32
from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Sink, Source
from foveate.device.torch_graph import TorchGraph
from foveate.errors import BundleError
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.weights import weight_precision
from foveate.tensorrt.bundle import graphs
from foveate.tensorrt.flavour import Flavour
from tests.export.drafts import small_drafts
from tests.tensorrt.compiled import assert_compiles


@dataclass(frozen=True)
class Made:
    bundle: Bundle
    said: list[str]

    def graph(self, file: str) -> Graph:
        return next(graph for graph in graphs(self.bundle) if graph.file == file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out, said = tmp_path_factory.mktemp("bf16") / "bundle", list[str]()
    request = ExportRequest(Path(), ("a", "b", "c", "d", "e"), out, precision="bf16")
    return Made(load_bundle(export_draft(small_drafts()["dense tsn"], request, said.append)), said)


def test_a_bundle_says_what_it_is_and_is_held_to_its_network(made: Made) -> None:
    manifest = made.bundle.manifest
    assert manifest.precision == "bf16"
    assert manifest.provenance.exporter.endswith(f"opset {BF16_OPSET}")
    found = {graph.file: weight_precision(made.bundle.folder / graph.file) for graph in graphs(made.bundle)}
    assert set(found.values()) == {"bf16"}
    checks = {check.output for check in manifest.parity.checks if check.max_abs_error > 0}
    assert "logits" in checks


def test_every_graph_compiles(made: Made, rtx: Flavour) -> None:
    assert_compiles(made.bundle, rtx)


def test_a_cpu_does_not_serve_it(made: Made) -> None:
    path = made.bundle.folder / "focus.onnx"
    with pytest.raises(BundleError, match=r"focus\.onnx is in bf16.*serve it on a GPU by tensorrt"):
        OnnxCpuRuntime().load(path, made.graph("focus.onnx"))
    findings = list(verify(made.bundle))
    assert [finding for finding in findings if finding.problem] == []
    assert any(finding.what == "focus.onnx: not run here, where nothing runs bf16" for finding in findings)


def test_rounding_gives_what_torch_gives_in_bfloat16(made: Made) -> None:
    path, graph = made.bundle.folder / "focus.onnx", made.graph("focus.onnx")
    (port,) = graph.inputs
    x = np.random.default_rng(0).standard_normal((2, *port.shape)).astype(np.float32)
    (found,) = RoundingRuntime().load(path, graph).run({port.name: x})
    loaded = TorchGraph(path, graph, torch.device("cpu"))
    assert loaded.pixel_type is torch.bfloat16
    with torch.no_grad():
        (torchs,) = loaded.run({port.name: torch.from_numpy(x)})
    assert np.linalg.norm(found - torchs.numpy()) < 0.02 * np.linalg.norm(found)


@pytest.mark.parametrize(
    ("kind", "number", "torchs"),
    [
        (ml_dtypes.bfloat16, TensorProto.BFLOAT16, torch.bfloat16),
        (np.float16, TensorProto.FLOAT16, torch.float16),
    ],
)
def test_every_value_is_rounded_to_the_nearest_even(
    tmp_path: Path, kind: type[np.generic], number: int, torchs: torch.dtype
) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xy")
    weight = numpy_helper.from_array(np.array([1.0, 3.0], kind), "w")
    nodes = [
        helper.make_node("Cast", ["x"], ["a"], to=number),
        helper.make_node("Mul", ["a", "w"], ["b"]),
        helper.make_node("Cast", ["b"], ["y"], to=TensorProto.FLOAT),
    ]
    made = helper.make_graph(nodes, "g", [x], [y], [weight])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    wide = in_float32(model)
    onnx.checker.check_model(wide, full_check=True)
    assert {constant.data_type for constant in wide.graph.initializer} == {TensorProto.FLOAT}
    path, values = tmp_path / "x.onnx", np.random.default_rng(0).standard_normal((64, 2)).astype(np.float32)
    onnx.save(model, path)
    inputs = (read_one("x", Source.GLANCE, "x", (2,)),)
    graph = Graph(file="x.onnx", inputs=inputs, outputs=(give("y", Sink.FEATURE, (2,)),), multiply_adds=0)
    (found,) = RoundingRuntime(half=True).load(path, graph).run({"x": values})
    wanted = torch.from_numpy(values).to(torchs) * torch.tensor([1.0, 3.0]).to(torchs)
    np.testing.assert_array_equal(found, wanted.float().numpy())


def test_other_graphs_run_as_they_are() -> None:
    bundle = load_bundle(untrained_bundle())
    graph = next(graph for graph in graphs(bundle) if graph.file == "policy_step.onnx")
    inputs = {p.name: np.ones((1, *p.shape), p.dtype.value) for p in graph.inputs}
    path = bundle.folder / graph.file
    for one, other in zip(
        RoundingRuntime().load(path, graph).run(inputs),
        OnnxCpuRuntime().load(path, graph).run(inputs),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
