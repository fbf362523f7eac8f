"""Exported graphs run in torch, as on a GPU, held against ONNX Runtime."""

import numpy as np
import onnxruntime
import pytest
import torch

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import ElementType
from foveate.device.torch_graph import TorchGraph
from foveate.device.torch_runtime import TorchRuntime
from foveate.runtimes.base import Tensor
from tests.device.real import answer
from tests.export.conftest import Exported

CPU = torch.device("cpu")
BUNDLES = ["small", "small_mean", "small_tsm", "small_v2", "small_uni_2d", "small_uni_tsm", "small_uni_x3d"]


def graphs_of(bundle: Bundle) -> list[Graph]:
    networks = bundle.manifest.networks
    present = [networks.glance, networks.policy, networks.focus, networks.classifier]
    return [graph for network in present if network for graph in network.forms.values()]


def inputs_of(graph: Graph, count: int) -> dict[str, Tensor]:
    rng = np.random.default_rng(0)
    return {
        port.name: rng.integers(0, 2, (count, *port.shape))
        if port.dtype is ElementType.INT64
        else rng.standard_normal((count, *port.shape)).astype(np.float32)
        for port in graph.inputs
    }


@pytest.mark.parametrize("name", BUNDLES)
def test_every_graph_gives_what_onnx_runtime_gives(name: str, request: pytest.FixtureRequest) -> None:
    """torch computes in half precision where the weights are in it; ONNX Runtime on the CPU does not."""
    exported: Exported = request.getfixturevalue(name)
    bundle = exported.bundle
    for graph in graphs_of(bundle):
        path, inputs = bundle.folder / graph.file, inputs_of(graph, 3)
        loaded = TorchGraph(path, graph, CPU)
        halves = {buffer.dtype for buffer in loaded.buffers()} & {torch.float16}
        names = [output.name for output in graph.outputs]
        wanted = onnxruntime.InferenceSession(path).run(names, inputs)
        with torch.no_grad():
            tensors = {port: torch.from_numpy(value) for port, value in inputs.items()}
            found = loaded.run(tensors)
        for one, other in zip(found, wanted, strict=True):
            assert (one.numpy().dtype, tuple(one.shape)) == (other.dtype, other.shape)
            error = np.linalg.norm(one.numpy() - other) / max(1.0, float(np.linalg.norm(other)))
            assert error < (2e-2 if halves else 1e-5), (graph.file, error)


@pytest.mark.parametrize("name", ["small", "small_uni_tsm"])
def test_a_bundle_through_the_engine_on_a_device(name: str, request: pytest.FixtureRequest) -> None:
    exported: Exported = request.getfixturevalue(name)
    found, wanted = answer(exported.bundle, TorchRuntime(CPU)), answer(exported.bundle, None)
    assert found.step_logits is not None
    assert wanted.step_logits is not None
    np.testing.assert_allclose(found.step_logits, wanted.step_logits, atol=1e-4)
    assert len(found.looks) == len(wanted.looks)
    for look, other in zip(found.looks, wanted.looks, strict=True):
        assert (look.view, look.step, look.entry) == (other.view, other.step, other.entry)
        np.testing.assert_allclose(look.rectangle, other.rectangle, atol=0 if name == "small" else 1e-3)


def test_what_sees_can_run_in_half_precision(small: Exported) -> None:
    for graph in graphs_of(small.bundle):
        if not any(port.name == "pixels" for port in graph.inputs):
            continue
        path, inputs = small.bundle.folder / graph.file, inputs_of(graph, 2)
        tensors = {port: torch.from_numpy(value) for port, value in inputs.items()}
        halved = TorchGraph(path, graph, CPU, half=True)
        assert halved.pixel_type is torch.float16
        with torch.no_grad():
            found, wanted = halved.run(tensors), TorchGraph(path, graph, CPU).run(tensors)
        for one, other in zip(found, wanted, strict=True):
            assert one.dtype is torch.float32
            assert 0 < (one - other).norm() / other.norm() < 2e-2
