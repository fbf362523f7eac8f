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
from models.mobilenet_v2 import MobileNetV2Channels
from models.ocsampler import FrameSampler, MaximumClassifier, Skim
from models.policy import PolicySizes
from models.uni_adafocus_tsm import UniAdaFocusTsmSizes, UniTsmFocus, UniTsmGlance
from models.uni_adafocus_x3d import UniX3dFocus, UniX3dGlance
from models.uni_classifier import GlanceAnswer, StepAnswer, UniClassifier, WholeAnswer
from models.uni_policy import UniLook, UniPolicy, UniPolicySizes
from models.uni_video import PassOn, Sum
from models.x3d import X3DSizes
from tests.models.small_networks import seeded

VIDEOS = 3
NARROW = MobileNetV2Channels(8, (8, 16, 16, 16, 16, 16, 16), 16)
TSM = UniAdaFocusTsmSizes(NARROW, UniPolicySizes(16, 2, 4, False, 8, 8), 8, 5)
X3D_SIZES = X3DSizes(8, (8, 8, 8, 8), (8, 8, 8, 8), (1, 2, 1, 1), 16, 8, 5)
Shapes = list[tuple[int, ...]]


class OneStep(nn.Module):
    """A part's one-step form."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, value: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        step: Callable[..., tuple[Tensor, Tensor]] = self.part.step
        return step(value, state)


def uni_policy(each_frame: bool) -> nn.Module:
    sizes = UniPolicySizes(16, 2, 4, each_frame, 8, 8)
    return seeded(UniPolicy(sizes, UniLook(12, 5, crop=64, smallest=28)))


def uni_classifier() -> UniClassifier:
    return seeded(UniClassifier(16, 32, 24, 5, glances=4, steps=3))


def keep_policy() -> KeepPolicy:
    return seeded(KeepPolicy(PolicySizes(16, 2, 4, 8, 8, 9)))


PARTS: dict[str, tuple[Callable[[], nn.Module], Shapes]] = {
    "policy with an action a frame": (lambda: uni_policy(True), [(4, 16, 2, 2), (4, 16)]),
    "policy with an action a video": (lambda: uni_policy(False), [(4, 16, 2, 2), (4, 16)]),
    "answer after the glance": (lambda: GlanceAnswer(uni_classifier()), [(4, 16)]),
    "answer of a step": (lambda: StepAnswer(uni_classifier()), [(32,), (24,), (24,), ()]),
    "answers of all steps": (lambda: WholeAnswer(uni_classifier(), True), [(4, 16), (3, 32)]),
    "answer of the last step": (lambda: WholeAnswer(uni_classifier(), False), [(4, 16), (3, 32)]),
    "shifted glance": (lambda: seeded(UniTsmGlance(TSM, 8)), [(4, 3, 64, 64)]),
    "shifted focus": (lambda: seeded(UniTsmFocus(TSM, 3, 8)), [(3, 3, 32, 32)]),
    "glance in 3D": (lambda: seeded(UniX3dGlance(X3D_SIZES)), [(4, 3, 64, 64)]),
    "focus in 3D": (lambda: seeded(UniX3dFocus(X3D_SIZES)), [(3, 3, 32, 32)]),
    "sum": (Sum, [(5,), (5,)]),
    "pass on": (PassOn, [(5,)]),
    "skim": (lambda: seeded(Skim(NARROW, 5, 10)), [(5, 3, 32, 32)]),
    "frames by rank": (lambda: seeded(FrameSampler(16, 3, False)), [(5, 16)]),
    "frames by time": (lambda: seeded(FrameSampler(16, 3, True)), [(5, 16)]),
    "maximum, all": (lambda: seeded(MaximumClassifier(16, 24, 5)), [(3, 16)]),
    "maximum, a step": (lambda: OneStep(seeded(MaximumClassifier(16, 24, 5))), [(16,), (24,)]),
    "mean of frames": (lambda: seeded(MeanOfFrames(16, 5)), [(3, 16)]),
    "keep, all": (keep_policy, [(4, 16, 2, 2)]),
    "keep, a step": (lambda: OneStep(keep_policy()), [(16, 2, 2), (8,)]),
}


@torch.no_grad()
@pytest.mark.parametrize("name", PARTS)
def test_a_graph_gives_the_same_numbers(name: str, tmp_path: Path) -> None:
    make, shapes = PARTS[name]
    module = make().eval()
    drawn = torch.Generator().manual_seed(1)
    values = [
        torch.randn(VIDEOS, *shape, generator=drawn) if shape else torch.arange(VIDEOS) for shape in shapes
    ]
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
    assert not [node.op_type for node in onnx.load(path).graph.node if node.op_type in ("If", "Loop", "Scan")]
    assert (multiply_adds(path) > 0) != (name in ("sum", "pass on"))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {port.name: value.numpy() for port, value in zip(ports, values, strict=True)})
    for mine, theirs in zip(found, wanted, strict=True):
        if theirs.dtype is torch.int64:
            assert np.array_equal(mine, theirs)
        else:
            assert np.abs(mine - theirs.numpy()).max() <= 1e-4 * max(1, float(theirs.abs().max()))


def element(value: Tensor) -> ElementType:
    return ElementType.INT64 if value.dtype is torch.int64 else ElementType.FLOAT32
