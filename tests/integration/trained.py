"""Networks of every system, trained, exported and served; the tests in which that is done are several files.

Training and exporting all of them takes minutes: as files of their own they can go to several test processes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from export.registry import exporter
from export.request import ExportRequest
from foveate.bundle.load import Bundle, load_bundle
from foveate.parity.frames import normalised, smooth_frames
from models.ocsampler import OCSampler
from tests.models.small_networks import seeded
from tests.server.live import Live, running
from tests.training.end_to_end.runs import run
from tests.training.end_to_end.tiny import CLASSES, SMALL, TINY, bright, stage
from tests.training.forms.nets import FORMS
from tests.training.forms.runs import RUNS, whole
from tests.training.ocsampler import tiny as sampler
from training.build import build
from training.frame_lists import frame_lists
from training.outcome import answers_of, layout_of
from training.sizes import AnySizes, SamplerSizes, TsmSizes, TsnSizes, X3dSizes

LARGE_FRAMES = FORMS["adafocus-v2 mobile"].model_copy(update={"glance_side": 32})
SIZES: dict[str, AnySizes] = {
    "adafocus-v2": TINY["adafocus-v2"],
    "uni-adafocus": TINY["uni-adafocus"],
    "adafocus-v2-tsm": TINY["adafocus-v2-tsm"],
    "uni-adafocus-tsm": TINY["uni-adafocus-tsm"],
    "uni-adafocus-x3d": TINY["uni-adafocus-x3d"].model_copy(update={"crop": 224}),
    "tsn": TsnSizes(system="tsn", frames=2, base=4),
    "tsm": TsmSizes(system="tsm", frames=3, base=4),
    "x3d": X3dSizes(system="x3d", frames=4, side=32, network=SMALL),
    "adafocus-v2 mobile": FORMS["adafocus-v2 mobile"],
    "adafocus-v2 large frames": LARGE_FRAMES,
    "adafocus": FORMS["adafocus"],
    "adafocus large frames": FORMS["adafocus large frames"],
    "adafocus-plus": FORMS["adafocus-plus"],
    "adafocus-tsm": FORMS["adafocus-tsm"],
    "ocsampler": sampler.SIZES.model_copy(update={"frames": 8, "keep": 3, "crop": 96, "skim_side": 64}),
}
CHOICES: dict[str, dict[str, Any]] = {
    "adafocus-v2": {"patch": 32},
    "uni-adafocus": {"patch": 32},
    "adafocus-v2-tsm": {"patch": 32},
    "uni-adafocus-tsm": {"patch": 32, "focus_frames": 3, "frames": 12},
    "uni-adafocus-x3d": {"patch": 32, "focus_frames": 3, "frames": 12},
    "tsn": {"frames": 2},
    "tsm": {"frames": 3},
    "x3d": {"frames": 4, "patch": 32},
    "adafocus-v2 mobile": {"patch": 32},
    "adafocus-v2 large frames": {"patch": 32, "crop": 64},
    "adafocus": {"patch": 32, "frames": 3},
    "adafocus large frames": {"patch": 64, "frames": 3, "crop": 128},
    "adafocus-plus": {"patch": 32, "frames": 3, "keep_threshold": 0.0},
    "adafocus-tsm": {"patch": 32},
    "ocsampler": {"focus_frames": 3, "shift_divisor": 8, "frames": 8, "crop": 96, "glance_side": 64},
}
GROUPS = {
    "original": ("adafocus", "adafocus large frames", "adafocus-plus", "adafocus-tsm"),
    "v2": ("adafocus-v2", "adafocus-v2 mobile", "adafocus-v2 large frames", "adafocus-v2-tsm"),
    "uni": ("uni-adafocus", "uni-adafocus-tsm", "uni-adafocus-x3d"),
    "whole_frames": ("tsn", "tsm", "x3d", "ocsampler"),
}
"""The systems of each file ``test_trained_*.py``."""


@dataclass(frozen=True)
class Trained:
    """A server of trained networks."""

    live: Live
    networks: dict[str, nn.Module]
    bundles: dict[str, Bundle]


def trained_network(folder: Path, system: str, sizes: AnySizes) -> nn.Module:
    if system in RUNS:
        return whole(system)
    torch.manual_seed(5)
    net = build(sizes, CLASSES)
    if isinstance(sizes, SamplerSizes):
        # From an untrained start a few steps leave frames all but equally probable, and no choice to compare.
        assert isinstance(net, OCSampler)
        net = seeded(net)
        stages = (sampler.subsets(seen=2), sampler.skim(), sampler.choice())
        return sampler.run(folder, *stages, net=net, data=bright(frame_lists(sizes), 4), sizes=sizes)[0]
    return run(folder, sizes, stage(), net=net)[0]


def export(folder: Path, system: str, net: nn.Module) -> Path:
    torch.save(layout_of(net), folder / "checkpoint.pth.tar")
    labels = tuple(f"class {number}" for number in range(CLASSES))
    name = system.replace(" ", "-")
    checkpoint, choices = folder / "checkpoint.pth.tar", CHOICES[system]
    request = ExportRequest(checkpoint, labels, folder / name, name=name, **choices)
    return exporter(SIZES[system].system)(request, lambda _: None)


@contextmanager
def served(factory: pytest.TempPathFactory, systems: Sequence[str]) -> Iterator[Trained]:
    """One server of some systems, each trained and exported first."""
    networks, folders = {}, {}
    for system in systems:
        folder = factory.mktemp("trained")
        networks[system] = trained_network(folder, system, SIZES[system]).eval()
        folders[system] = export(folder, system, networks[system])
    bundles = {system: load_bundle(folder) for system, folder in folders.items()}
    with running(bundle=list(folders.values()), lanes=1, decode_workers=1) as live:
        yield Trained(live, networks, bundles)


def assert_answers_as_trained(trained: Trained, system: str) -> None:
    """Each answer of the server is the trained network's."""
    manifest = trained.bundles[system].manifest
    rules = manifest.preprocessing
    pool = smooth_frames(1, manifest.sampling.pool, rules.crop, seed=5)
    asked: dict[str, Any] = {"model": manifest.name, "shape": ",".join(map(str, pool.shape[1:]))}
    with trained.live.client() as client:
        response = client.post(
            "/v1/frames:classify",
            content=pool.tobytes(),
            params=asked | {"preprocessed": True, "steps": "all", "top_k": CLASSES},
        )
    assert response.status_code == 200, response.text
    answer = response.json()
    with torch.no_grad():
        frames = torch.from_numpy(normalised(pool, rules.mean, rules.std))
        wanted = answers_of(trained.networks[system], frames)[0].softmax(1).numpy()
    scores = {one["index"]: one["score"] for one in answer["predictions"]}
    np.testing.assert_allclose([scores[index] for index in range(CLASSES)], wanted[-1], atol=1e-4)
    np.testing.assert_allclose([step["score"] for step in answer["steps"]], wanted.max(1), atol=1e-4)
