"""Multiply-adds of the published sizes, held to the published figures; nothing is computed, only counted."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.mobilenet_v2 import MobileNetV2, MobileNetV2Channels
from models.ocsampler import FrameSampler, MaximumClassifier, Skim
from models.resnet import ResNet50
from models.uni_adafocus_tsm import UniAdaFocusTsmSizes, UniTsmFocus, UniTsmGlance
from models.uni_adafocus_x3d import FrameHead, UniX3dFocus, UniX3dGlance
from models.uni_classifier import UniClassifier
from models.uni_policy import SpatialPolicy, TemporalPolicy, UniPolicySizes
from models.x3d import X3D, X3DSizes

TSM = UniPolicySizes(glance_frames=8, each_frame=False)
IN_3D = UniPolicySizes(432, 5, 16, False)


def giga(network: nn.Module, *shapes: tuple[int, ...]) -> float:
    """Thousand millions of multiply-adds, counted without storage."""
    inputs: list[Tensor] = [torch.empty(1, *shape, device="meta") for shape in shapes]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.to("meta").eval()(*inputs)
    return float(counter.get_total_flops()) / 2e9


@pytest.mark.parametrize(
    ("sizes", "shape", "spatial", "temporal"),
    [
        (UniPolicySizes(), (16, 1280, 7, 7), 0.822485376, 0.00412992),
        (TSM, (8, 1280, 7, 7), 0.41124288, 0.002065024),
        (IN_3D, (16, 432, 5, 5), 0.376218, 0.001525),
    ],
)
def test_policies(sizes: UniPolicySizes, shape: tuple[int, ...], spatial: float, temporal: float) -> None:
    assert giga(SpatialPolicy(sizes), shape) == pytest.approx(spatial, rel=2e-3)
    assert giga(TemporalPolicy(sizes), shape[:2]) == pytest.approx(temporal, rel=2e-3)


@pytest.mark.parametrize(("patch", "total"), [(96, 17.888), (128, 27.230), (160, 39.241)])
def test_uni_adafocus(patch: int, total: float) -> None:
    glance = 16 * giga(MobileNetV2(MobileNetV2Channels()), (3, 224, 224))
    focus = 16 * giga(ResNet50(), (3, patch, patch))
    answers = giga(UniClassifier(1280, 2048, 4096, 200, 16, 16), (16, 1280), (16, 2048))
    found = glance + focus + answers + 0.822485376 + 0.00412992
    assert found == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize(
    ("patch", "frames", "total"), [(96, 8, 8.824), (96, 12, 11.830), (128, 12, 18.837), (128, 16, 24.178)]
)
def test_uni_adafocus_tsm(patch: int, frames: int, total: float) -> None:
    glance = giga(UniTsmGlance(UniAdaFocusTsmSizes(), 8), (8, 3, 224, 224))
    focus = giga(UniTsmFocus(UniAdaFocusTsmSizes(), frames, 8), (frames, 3, patch, patch))
    assert glance + focus + 0.41124288 + 0.002065024 == pytest.approx(total, rel=1e-3)


def test_uni_adafocus_x3d() -> None:
    glance, early = giga(X3D(X3DSizes()), (16, 3, 160, 160)), giga(FrameHead(X3DSizes()), (16, 432))
    assert glance == pytest.approx(2.415453, rel=1e-3)
    # The published figure of the first exit leaves its own head out.
    assert giga(UniX3dGlance(X3DSizes()), (16, 3, 160, 160)) == pytest.approx(glance + early)
    assert giga(UniX3dFocus(X3DSizes.large()), (32, 3, 128, 128)) == pytest.approx(5.984521, rel=1e-3)


def test_ocsampler() -> None:
    skim = giga(Skim(MobileNetV2Channels(), 10, 10), (10, 3, 128, 128))
    assert skim + giga(FrameSampler(1280, 6, True), (10, 1280)) == pytest.approx(0.978, abs=1e-3)
    assert giga(ResNet50(), (3, 224, 224)) == pytest.approx(4.087, abs=1e-3)
    head = MaximumClassifier(2048, 4096, 200)
    assert giga(head.layers, (2048,)) * 5 + giga(head.fc, (4096,)) == pytest.approx(0.0428, abs=1e-4)
