"""Whole networks with temporal shifts, as exported: each shift is found, and no number differs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.onnx_graph import write_graph
from foveate.bundle.manifest import Graph, Input, Output
from foveate.bundle.vocabulary import Sink, Source
from foveate.device import convolution, torch_graph
from foveate.device.ops import OPS, Attributes
from foveate.device.steps import Step
from foveate.device.temporal_shift import Shift, temporal_shift
from foveate.device.torch_graph import TorchGraph
from models.temporal_shift import ShiftedConv, shifted_resnet50
from tests.device.kernels.kinds import Interpreted
from tests.device.kernels.on_cpu import run_kernels
from tests.device.on_meta import assert_stays_on_device
from tests.export.shelf import Shelf
from tests.models.small_networks import seeded

CPU = torch.device("cpu")
GRAPHS = [
    (name, file)
    for name in ("tsm", "v2 tsm", "uni tsm", "dense tsm plus", "dense tsm", "ocsampler")
    for file in ("glance.onnx", "focus.onnx")
    if (name, file) not in (("dense tsm", "glance.onnx"), ("ocsampler", "focus.onnx"))
]
FRAMES = 4


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def shifts_of(network: nn.Module) -> list[list[int]]:
    """Frames and channels of every shift that moves any channel."""
    found = [one for one in network.modules() if isinstance(one, ShiftedConv)]
    parts = [[one.frames, one.net.in_channels // one.divisor] for one in found]
    return [shift for shift in parts if shift[1]]


def steps_of(loaded: TorchGraph) -> list[Step]:
    return [step for step, _ in loaded._steps]


def as_written(path: Path, graph: Graph, half: bool = False) -> TorchGraph:
    """The graph without looking for shifts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_graph, "join_shifts", lambda steps, constants, outputs: list(steps))
        return TorchGraph(path, graph, CPU, half)


def drawn(graph: Graph, count: int) -> dict[str, Tensor]:
    """Frames whose channels lie last."""
    generator = torch.Generator().manual_seed(3)
    found = {port.name: torch.randn((count, *port.shape), generator=generator) for port in graph.inputs}
    return {name: one.movedim(-3, -1).contiguous().movedim(-1, -3) for name, one in found.items()}


def assert_near(found: Sequence[Tensor], wanted: Sequence[Tensor], error: float) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert float((one - other).norm() / other.norm()) <= error


def assert_found(loaded: TorchGraph, shifts: list[list[int]]) -> None:
    """Each shift is part of a convolution, and nothing else is left of it."""
    steps = steps_of(loaded)
    assert [step.attributes["shift"] for step in steps if "shift" in step.attributes] == shifts
    assert shifts
    assert not {step.op for step in steps} & {"TemporalShift", "Slice", "Pad", "Concat"}


@pytest.mark.parametrize(("name", "file"), GRAPHS)
def test_every_shift_is_found_and_nothing_differs(name: str, file: str, shelf: Shelf) -> None:
    (spec,) = (spec for spec in shelf.draft(name).specs if spec.file == file)
    path = shelf.bundle(name) / file
    graph = Graph(file=file, inputs=spec.inputs, outputs=spec.outputs, multiply_adds=0)
    loaded = TorchGraph(path, graph, CPU)
    assert_found(loaded, shifts_of(spec.module))
    inputs = drawn(graph, 2)
    found = loaded.run(inputs)
    assert_near(found, as_written(path, graph).run(inputs), 0)
    arrays = {name: value.numpy() for name, value in inputs.items()}
    names = [output.name for output in graph.outputs]
    wanted = onnxruntime.InferenceSession(path).run(names, arrays)
    assert_near(found, [torch.from_numpy(np.asarray(one)) for one in wanted], 1e-5)
    assert_stays_on_device(path, graph)


class Blocks(nn.Module):
    """The first blocks of a shifted ResNet-50 with as many channels as are published; 7 shifts."""

    def __init__(self) -> None:
        super().__init__()
        network = shifted_resnet50(64, FRAMES)
        self.blocks = nn.Sequential(network.layer1, network.layer2)

    def forward(self, maps: Tensor) -> Tensor:
        """(B, FRAMES, 64, h, w) to features (B, 512)."""
        features: Tensor = self.blocks(maps.flatten(0, 1)).mean((2, 3))
        return features.reshape(-1, FRAMES, 512).mean(1)


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Graph, list[list[int]]]:
    module = seeded(Blocks())
    path = tmp_path_factory.mktemp("blocks") / "blocks.onnx"
    inputs = (Input(name="maps", source=Source.GLANCE, shape=(FRAMES, 64, 6, 5)),)
    outputs = (Output(name="features", sink=Sink.FEATURE, shape=(512,)),)
    write_graph(module, inputs, outputs, path)
    return path, Graph(file=path.name, inputs=inputs, outputs=outputs, multiply_adds=0), shifts_of(module)


def test_products_read_their_neighbours_in_time(
    blocks: tuple[Path, Graph, list[list[int]]],
    interpreted: Interpreted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a GPU: no shift takes a pass, and no map is copied on its way into one."""
    path, graph, shifts = blocks
    loaded, inputs = TorchGraph(path, graph, CPU, half=True), drawn(graph, 2)
    assert_found(loaded, shifts)
    assert len(shifts) == 7
    wanted = as_written(path, graph).run(inputs)
    run_kernels(interpreted, monkeypatch)
    passes: list[Shift] = []
    monkeypatch.setattr(convolution, "temporal_shift", lambda value, shift: passes.append(shift))
    copied: list[tuple[int, ...]] = []

    def watched(taken: Sequence[Any], attributes: Attributes) -> Any:
        result = OPS["Reshape"](taken, attributes)
        if result.data_ptr() != taken[0].data_ptr():
            copied.append(tuple(result.shape))
        return result

    found = TorchGraph(path, graph, CPU, half=True, ops={**OPS, "Reshape": watched}).run(inputs)
    assert (passes, copied) == ([], [])
    assert_near(found, wanted, 5e-3)


def test_other_shifts_take_a_pass_of_the_kernel(
    shelf: Shelf, interpreted: Interpreted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small network, in which some parts are no multiple of eight channels."""
    (spec,) = (spec for spec in shelf.draft("dense tsm").specs if spec.file == "focus.onnx")
    path = shelf.bundle("dense tsm") / "focus.onnx"
    graph = Graph(file=spec.file, inputs=spec.inputs, outputs=spec.outputs, multiply_adds=0)
    inputs = drawn(graph, 1)
    wanted = as_written(path, graph, half=True).run(inputs)
    run_kernels(interpreted, monkeypatch)
    passes: list[Shift] = []

    def watched(value: Tensor, shift: Shift) -> Tensor:
        passes.append(shift)
        return temporal_shift(value, shift)

    monkeypatch.setattr(convolution, "temporal_shift", watched)
    assert_near(TorchGraph(path, graph, CPU, half=True).run(inputs), wanted, 2e-2)
    assert [list(shift) for shift in passes] == [shift for shift in shifts_of(spec.module) if shift[1] % 8]
