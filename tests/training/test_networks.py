from dataclasses import replace

import numpy as np
import torch

from models.interpolate import interpolate
from models.mobilenet_v2 import MobileNetV2Channels
from tests.training.parts import CPU, SIZES, network
from training.networks import build_network, normalised, patches_at
from training.sizes import MobileNet, Sizes


def test_the_network_has_the_sizes_that_were_asked_for() -> None:
    net = network(classes=4)
    out = net.eval()(torch.zeros(2, 3, 3, 64, 64))
    assert out.logits.shape == (2, 3, 4)
    assert out.patches.shape[-1] == SIZES.patch
    assert net.sizes.glance_side == SIZES.glance_side


def test_a_mobilenet_glances_at_whole_frames() -> None:
    sizes = SIZES.model_copy(update={"glance": MobileNet(width=0.5, last=24), "glance_side": None})
    net = build_network(sizes, 4, auxiliary=True).eval()
    assert net.sizes.glance == replace(MobileNetV2Channels.scaled(0.5), last=24)
    assert net.sizes.glance_side == sizes.crop
    assert net.global_head is not None
    assert net(torch.zeros(1, 3, 3, 64, 64)).gmap.shape == (1, 3, 24, 2, 2)


def test_a_mobilenet_may_glance_at_frames_made_smaller() -> None:
    sizes = SIZES.model_copy(update={"glance": MobileNet(width=0.5, last=24), "crop": 96, "glance_side": 64})
    out = build_network(sizes, 4).eval()(torch.zeros(1, 3, 3, 96, 96))
    assert out.glance_input.shape[-1] == 64
    assert out.gmap.shape == (1, 3, 24, 2, 2)


def test_a_small_resnet_glances_at_96_pixels_where_nothing_is_said() -> None:
    assert build_network(Sizes(), 4).sizes.glance_side == 96


def test_normalised_as_the_server_does() -> None:
    frames = np.array([0, 255], np.uint8)[:, None, None, None] * np.ones((2, 1, 1, 3), np.uint8)
    frames.flags.writeable = False  # As what is mapped from a cache's file is.
    found = normalised(frames, CPU)
    assert found.shape == (2, 3, 1, 1)
    torch.testing.assert_close(found[1, 0, 0, 0], torch.tensor((1 - 0.485) / 0.229))
    torch.testing.assert_close(found[0, 2, 0, 0], torch.tensor(-0.406 / 0.225))


def test_patches_are_those_of_the_whole_normalised_frame() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (4, 64, 64, 3), np.uint8)
    for corners in (
        torch.tensor([[0.0, 0.0], [32.0, 32.0], [5.0, 31.0], [32.0, 0.0]]),
        torch.tensor([[0.25, 3.5], [31.75, 32.0], [32.0, 0.125], [10.0, 20.0]]),
    ):
        wanted = interpolate(normalised(frames, CPU), corners, 32)
        torch.testing.assert_close(patches_at(frames, corners, 32), wanted, atol=1e-5, rtol=0)
