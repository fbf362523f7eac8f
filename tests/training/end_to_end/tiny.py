"""Tiny networks of every system that can be trained end to end, and videos for them."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.build import build
from training.end_to_end.config import EndToEndStage
from training.frame_lists import FrameLists, frame_lists
from training.pools import PoolSet
from training.sizes import (
    AnySizes,
    Convolutions,
    MobileNet,
    Sizes,
    TsmSizes,
    TsnSizes,
    UniFrameSizes,
    UniTsmSizes,
    UniX3dSizes,
    V2TsmSizes,
    X3dSizes,
)
from training.stages.base import Task

CPU = torch.device("cpu")
CLASSES = 2
NARROW = MobileNet(width=0.25, last=16)
FLAT = (8, 8, 8, 8)
SMALL = Convolutions(stem=8, widths=FLAT, inner=FLAT, blocks=(1, 1, 1, 1), last=16, hidden=8)
_UNI = {
    "glance_frames": 4,
    "focus_frames": 3,
    "candidates": 12,
    "crop": 64,
    "patch": 32,
    "spatial_hidden": 8,
    "temporal_hidden": 8,
}
V2 = Sizes(
    frames=3,
    crop=64,
    patch=32,
    glance=NARROW,
    focus_base=4,
    squeezed=4,
    hidden=12,
    classifier_width=16,
)
TINY: dict[str, AnySizes] = {
    "adafocus-v2": V2,
    "adafocus-v2 small frames": V2.model_copy(update={"glance": None, "glance_base": 4, "glance_side": 32}),
    "adafocus-v2-tsm": V2TsmSizes(
        system="adafocus-v2-tsm",
        glance_frames=3,
        focus_frames=4,
        crop=64,
        patch=32,
        glance=NARROW,
        focus_base=4,
        squeezed=4,
        encoded=12,
        hidden=8,
    ),
    "uni-adafocus": UniFrameSizes(system="uni-adafocus", glance=NARROW, focus_base=4, embedding=16, **_UNI),
    "uni-adafocus-tsm": UniTsmSizes(system="uni-adafocus-tsm", glance=NARROW, focus_base=4, **_UNI),
    "uni-adafocus-x3d": UniX3dSizes(
        system="uni-adafocus-x3d", glance=SMALL, focus=SMALL, **_UNI | {"crop": 96}
    ),
    "tsn": TsnSizes(system="tsn", frames=3, crop=64, base=4),
    "tsm": TsmSizes(system="tsm", frames=3, crop=64, base=4),
    "x3d": X3dSizes(system="x3d", frames=4, crop=64, side=32, network=SMALL),
}


def network(system: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return build(TINY[system], CLASSES)


def stage(**said: object) -> EndToEndStage:
    """A stage of one epoch over four videos."""
    given = {"epochs": 1, "batch": 4, "rate": 0.01, "removals": 8} | said
    return EndToEndStage.model_validate({"kind": "end_to_end", **given})


def bright(lists: FrameLists, videos: int = 8, seed: int = 0, extra: int = 0) -> PoolSet:
    """Noise that is brighter in every other video, ``extra`` pixels larger than a frame."""
    random = np.random.default_rng(seed)
    side = lists.crop + extra
    labels = np.arange(videos) % CLASSES
    noise = random.integers(0, 120, (videos, lists.frames, side, side, 3), np.uint8)
    pools = noise + (labels * 120).astype(np.uint8)[:, None, None, None, None]
    return PoolSet(pools, labels.astype(np.int64), None, ("dark", "bright"))


def task(folder: Path, system: str | AnySizes, net: nn.Module | None = None, videos: int = 8) -> Task:
    sizes = TINY[system] if isinstance(system, str) else system
    lists = frame_lists(sizes)
    if net is None:
        torch.manual_seed(0)
        net = build(sizes, CLASSES)
    return Task(net, bright(lists, videos), CPU, folder / "cache", lambda what: iter, lists)
