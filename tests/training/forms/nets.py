"""Tiny networks of every form that the stages of AdaFocus train, and videos for them."""

from pathlib import Path

import torch
from torch import nn

from tests.training.end_to_end.tiny import CLASSES, CPU, NARROW, V2, bright
from training.build import build
from training.forms.base import Form
from training.forms.registry import form_of
from training.frame_lists import frame_lists
from training.networks import normalised
from training.outcome import answers_of
from training.pools import PoolSet
from training.reader import Reader
from training.sizes import AnySizes, PlusSizes, V1Sizes, V1TsmSizes
from training.stages.base import Context

_V1: dict[str, object] = {
    "frames": 3,
    "crop": 64,
    "patch": 32,
    "places": 25,
    "glance": NARROW,
    "focus_base": 4,
    "squeezed": 4,
    "encoded": 8,
    "hidden": 8,
}
_TSM: dict[str, object] = {
    "glance_frames": 3,
    "focus_frames": 4,
    "crop": 64,
    "patch": 32,
    "glance": NARROW,
    "focus_base": 4,
    "squeezed": 4,
    "encoded": 8,
    "hidden": 8,
}
FORMS: dict[str, AnySizes] = {
    "adafocus": V1Sizes.model_validate({"system": "adafocus", "classifier_hidden": 8, **_V1}),
    "adafocus mean": V1Sizes.model_validate({"system": "adafocus", "classifier_hidden": 0, **_V1}),
    "adafocus large frames": V1Sizes.model_validate(
        {"system": "adafocus", "classifier_hidden": 13, **_V1}
        | {"crop": 128, "patch": 64, "glance_side": 64, "focus": NARROW, "encoded": 16, "hidden": 49}
    ),
    "adafocus-plus": PlusSizes.model_validate({"system": "adafocus-plus", "classifier_hidden": 8, **_V1}),
    "adafocus-tsm": V1TsmSizes.model_validate({"system": "adafocus-tsm", **_TSM}),
    "adafocus-tsm places": V1TsmSizes.model_validate({"system": "adafocus-tsm", "places": 25, **_TSM}),
    "adafocus-v2": V2,
    "adafocus-v2 mobile": V2.model_copy(update={"focus": NARROW, "classifier_width": 32}),
}


def network(system: str, seed: int = 0) -> nn.Module:
    """Its normalisations fit the videos, so that no layer's outputs vanish."""
    torch.manual_seed(seed)
    net = build(FORMS[system], CLASSES)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.momentum = None
    with torch.no_grad():
        answers_of(net.train(), normalised(pools(system).pools, CPU))
    return net.eval()


def form(system: str, net: nn.Module | None = None) -> Form:
    made = form_of(net or network(system), frame_lists(FORMS[system]).counts[0])
    assert made is not None
    return made


def staged(folder: Path, system: str, net: nn.Module | None = None) -> Context:
    """What a stage works on."""
    net = net or network(system)
    source = reader(system)
    return Context(
        net, source.data, CPU, folder / "cache", lambda what: iter, source.lists, form=form(system, net)
    )


def pools(system: str) -> PoolSet:
    """Eight videos, every other one brighter."""
    return bright(frame_lists(FORMS[system]))


def reader(system: str) -> Reader:
    return Reader(pools(system), frame_lists(FORMS[system]), CPU)
