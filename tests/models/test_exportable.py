"""Every part of these systems becomes a graph without control flow that gives the same numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.count import multiply_adds
from export.onnx_graph import write_graph
from foveate.bundle.manifest import Input, Output
from foveate.bundle.vocabulary import ElementType, Sink, Source
from models.adafocus_plus import KeepPolicy
from models.dense import MeanOfFrames
from models.ocsampler import FrameSampler, MaximumClassifier
from models.policy import PolicySizes
from models.uni_classifier import GlanceAnswer, StepAnswer, UniClassifier, WholeAnswer
from models.uni_video import PassOn, Sum
from tests.export.shelf import Shelf
from tests.models.small_networks import seeded

VIDEOS = 3
Shapes = list[tuple[int, ...]]


class OneStep(nn.Module):
    """A part's one-step form."""

    def __init__(self, part: MaximumClassifier | KeepPolicy) -> None:
        super().__init__()
        self.part = part

    def forward(self, value: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return self.part.step(value, state)


def uni_classifier() -> UniClassifier:
    return seeded(UniClassifier(16, 32, 24, 5, glances=4, steps=3))


def keep_policy() -> KeepPolicy:
    return seeded(KeepPolicy(PolicySizes(16, 2, 4, 8, 8, 9)))


PARTS: dict[str, tuple[Callable[[], nn.Module], Shapes]] = {
    "answer after the glance": (lambda: GlanceAnswer(uni_classifier()), [(4, 16)]),
    "answer of a step": (lambda: StepAnswer(uni_classifier()), [(32,), (24,), (24,), ()]),
    "answers of all steps": (lambda: WholeAnswer(uni_classifier(), True), [(4, 16), (3, 32)]),
    "answer of the last step": (lambda: WholeAnswer(uni_classifier(), False), [(4, 16), (3, 32)]),
    "sum": (Sum, [(5,), (5,)]),
    "pass on": (PassOn, [(5,)]),
    "frames by rank": (lambda: seeded(FrameSampler(16, 3, False)), [(5, 16)]),
    "frames by time": (lambda: seeded(FrameSampler(16, 3, True)), [(5, 16)]),
    "maximum, all": (lambda: seeded(MaximumClassifier(16, 24, 5)), [(3, 16)]),
    "maximum, a step": (lambda: OneStep(seeded(MaximumClassifier(16, 24, 5))), [(16,), (24,)]),
    "mean of frames": (lambda: seeded(MeanOfFrames(16, 5)), [(3, 16)]),
    "keep, all": (keep_policy, [(4, 16, 2, 2)]),
    "keep, a step": (lambda: OneStep(keep_policy()), [(16, 2, 2), (8,)]),
}


EXPORTED = (
    ("uni", "policy.onnx"),
    ("uni x3d", "policy.onnx"),
    ("uni tsm", "glance.onnx"),
    ("uni tsm", "focus.onnx"),
    ("uni x3d", "glance.onnx"),
    ("uni x3d", "focus.onnx"),
    ("ocsampler", "glance.onnx"),
)
"""Exporting these takes long: they are looked at in bundles that other tests need too."""


@torch.no_grad()
@pytest.mark.parametrize("name", PARTS)
def test_a_graph_gives_the_same_numbers(name: str, tmp_path: Path) -> None:
    make, shapes = PARTS[name]
    module, values = make().eval(), drawn(shapes)
    wanted = module(*values)
    wanted = (wanted,) if isinstance(wanted, Tensor) else tuple(wanted)
    # The kinds of port do not matter to a graph; names, shapes and types do.
    ports = [
        Input(name=f"in{i}", source=Source.GLANCE, shape=tuple(v.shape[1:]), dtype=element(v))
        for i, v in enumerate(values)
    ]
    outputs = [
        Output(name=f"out{i}", sink=Sink.FEATURE, shape=tuple(v.shape[1:]), dtype=element(v))
        for i, v in enumerate(wanted)
    ]
    path = tmp_path / "part.onnx"
    write_graph(module, ports, outputs, path)
    assert_same(path, module, values)
    assert (multiply_adds(path) > 0) != (name in ("sum", "pass on"))


@torch.no_grad()
@pytest.mark.parametrize(("name", "file"), EXPORTED)
def test_an_exported_graph_gives_the_same_numbers(name: str, file: str, shelf: Shelf) -> None:
    (spec,) = (spec for spec in shelf.draft(name).specs if spec.file == file)
    path = shelf.bundle(name) / file
    assert_same(path, spec.module.eval(), drawn([port.shape for port in spec.inputs]))
    assert multiply_adds(path) > 0


def drawn(shapes: Shapes) -> list[Tensor]:
    """Random inputs of these shapes; a shape without axes is a number of a step."""
    random = torch.Generator().manual_seed(1)
    return [
        torch.randn(VIDEOS, *shape, generator=random) if shape else torch.arange(VIDEOS) for shape in shapes
    ]


def assert_same(path: Path, module: nn.Module, values: list[Tensor]) -> None:
    """A graph has no control flow, and gives what the module gives."""
    wanted = module(*values)
    wanted = (wanted,) if isinstance(wanted, Tensor) else tuple(wanted)
    assert not [node.op_type for node in onnx.load(path).graph.node if node.op_type in ("If", "Loop", "Scan")]
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_inputs()]
    found = session.run(None, {name: value.numpy() for name, value in zip(names, values, strict=True)})
    for mine, theirs in zip(found, wanted, strict=True):
        if theirs.dtype is torch.int64:
            assert np.array_equal(mine, theirs)
        else:
            assert np.abs(mine - theirs.numpy()).max() <= 1e-4 * max(1, float(theirs.abs().max()))


def element(value: Tensor) -> ElementType:
    return ElementType.INT64 if value.dtype is torch.int64 else ElementType.FLOAT32
