"""Whole graphs in torch, held against ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.device.convolution import LAYOUTS
from foveate.device.ops import OPS, Attributes
from foveate.device.torch_graph import TorchGraph
from foveate.errors import BundleError

BUNDLE = load_bundle(untrained_bundle())
NETWORKS = BUNDLE.manifest.networks
GRAPHS = {
    graph.file: graph
    for network in (NETWORKS.glance, NETWORKS.policy, NETWORKS.focus, NETWORKS.classifier)
    if network is not None
    for graph in network.forms.values()
}
CPU = torch.device("cpu")


def inputs_of(graph: Graph, count: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    rng = np.random.default_rng(0)
    return {p.name: rng.standard_normal((count, *p.shape)).astype(np.float32) for p in graph.inputs}


@pytest.mark.parametrize("file", sorted(GRAPHS))
def test_the_untrained_bundles_graphs(file: str) -> None:
    """Its weights are in half precision, which torch computes in and ONNX Runtime on the CPU does not."""
    graph, path = GRAPHS[file], BUNDLE.folder / file
    exact = file.startswith("policy")
    loaded, inputs = TorchGraph(path, graph, CPU), inputs_of(graph, 2)
    names = [output.name for output in graph.outputs]
    wanted = onnxruntime.InferenceSession(path).run(names, inputs)
    with torch.no_grad():
        found = loaded.run({name: torch.from_numpy(value) for name, value in inputs.items()})
    for one, other in zip(found, wanted, strict=True):
        assert one.numpy().dtype == other.dtype
        error = np.linalg.norm(one.numpy() - other) / np.linalg.norm(other)
        assert error < (1e-6 if exact else 2e-2), (file, error)


def test_convolutions_lie_channels_last_and_tell_what_they_take() -> None:
    loaded = TorchGraph(BUNDLE.folder / "focus.onnx", GRAPHS["focus.onnx"], CPU, half=True)
    weights = [buffer for buffer in loaded.buffers() if buffer.ndim == 4]
    assert weights
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)
    assert (loaded.pixel_type, loaded.pixel_layout) == (torch.float16, torch.channels_last)


@pytest.mark.parametrize("file", ["focus.onnx", "glance.onnx"])
def test_no_map_is_turned_or_passed_over_again(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each convolution finds channels last, also after a shift in time, and is followed by no clamp.

    The kernel of the depthwise ones finds weights as it reads them.
    """
    loaded, inputs = TorchGraph(BUNDLE.folder / file, GRAPHS[file], CPU), inputs_of(GRAPHS[file], 1)
    convolve, seen = OPS["Conv"], []

    def watched(taken: Sequence[Any], attributes: Attributes) -> Tensor:
        seen.append(taken[0].is_contiguous(memory_format=LAYOUTS[taken[0].ndim]))
        depthwise = attributes.get("group", 1) > 1
        seen.append(taken[1].movedim(0, -1).is_contiguous() if depthwise else True)
        result: Tensor = convolve(taken, attributes)
        return result

    monkeypatch.setitem(OPS, "Conv", watched)
    with torch.no_grad():
        loaded.run({name: channels_last(torch.from_numpy(value)) for name, value in inputs.items()})
    assert len(seen) > 100
    assert all(seen)
    assert not {step.op for step, _ in loaded._steps} & {"Relu", "Clip"}


def channels_last(value: Tensor) -> Tensor:
    """Frames as the pixel kernel lays them out; (..., 3, H, W)."""
    return value.movedim(-3, -1).contiguous().movedim(-1, -3)


def one_node(path: Path, *nodes: onnx.NodeProto, **constants: list[int]) -> Graph:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3]) for n in "xy")
    made = helper.make_graph(list(nodes), "g", [x], [y])
    arrays = {name: np.array(value, np.int64) for name, value in constants.items()}
    made.initializer.extend(numpy_helper.from_array(value, name) for name, value in arrays.items())
    opset = helper.make_opsetid("", 20)
    onnx.save(helper.make_model(made, opset_imports=[opset], ir_version=10), path)
    ports = {
        "inputs": [{"name": "x", "source": "glance", "shape": [3]}],
        "outputs": [{"name": "y", "sink": "feature", "shape": [3]}],
    }
    return Graph.model_validate({"file": path.name, "multiply_adds": 0, **ports})


def test_shapes_are_computed_on_the_host(tmp_path: Path) -> None:
    """A constant of one element, expanded to a batch that only the input knows."""
    path = tmp_path / "shapes.onnx"
    graph = one_node(
        path,
        helper.make_node("Shape", ["x"], ["batch"], start=0, end=1),
        helper.make_node("Concat", ["batch", "three"], ["shape"], axis=0),
        helper.make_node("ConstantOfShape", ["one"], ["zero"]),
        helper.make_node("Expand", ["zero", "shape"], ["zeros"]),
        helper.make_node("Add", ["zeros", "x"], ["y"]),
        three=[3],
        one=[1],
    )
    x = torch.arange(12.0).reshape(4, 3)
    loaded = TorchGraph(path, graph, CPU)
    assert torch.equal(loaded.run({"x": x})[0], x)
    assert not list(loaded.buffers())


def test_what_cannot_be_run_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    graph = one_node(path, helper.make_node("Erf", ["x"], ["y"]))
    with pytest.raises(BundleError, match="torch runs no Erf here"):
        TorchGraph(path, graph, CPU)
    # It is none of ONNX's, even if torch runs it.
    graph = one_node(path, helper.make_node("TemporalShift", ["x"], ["y"]))
    with pytest.raises(BundleError, match="torch runs no TemporalShift here"):
        TorchGraph(path, graph, CPU)
    graph = one_node(
        path,
        helper.make_node("Cast", ["x"], ["shape"], to=TensorProto.INT64),
        helper.make_node("Expand", ["x", "shape"], ["y"]),
    )
    with pytest.raises(BundleError, match="the shape of Expand depends on values"):
        TorchGraph(path, graph, CPU)
    with pytest.raises(BundleError, match="not the manifest's"):
        TorchGraph(path, GRAPHS["focus.onnx"], CPU)
    path.write_bytes(b"no graph")
    with pytest.raises(BundleError, match=r"odd\.onnx cannot be loaded"):
        TorchGraph(path, graph, CPU)
