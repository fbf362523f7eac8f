"""Bundles that several tests look at, each exported once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.adafocus import export_adafocus, export_checkpoint
from export.adafocus_plus import export_adafocus_plus
from export.adafocus_tsm import export_adafocus_tsm
from export.adafocus_v2 import export_adafocus_v2
from export.golden import load_golden
from export.ocsampler import export_ocsampler
from export.precision import Precision
from export.request import ExportRequest, Progress
from export.uni_adafocus import export_uni_adafocus
from export.uni_adafocus_tsm import export_uni_adafocus_tsm
from export.uni_adafocus_x3d import export_uni_adafocus_x3d
from export.untrained_bundle import seeded_checkpoint
from foveate.bundle.load import Bundle, load_bundle
from models.adafocus import AdaFocusSizes
from models.adafocus_checkpoint import published_layout
from models.adafocus_plus_checkpoint import keep_layout
from models.adafocus_tsm_checkpoint import adafocus_tsm_layout
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.ocsampler import OCSamplerOptions
from models.ocsampler_checkpoint import ocsampler_layout
from models.uni_adafocus_checkpoint import uni_adafocus_layout
from models.uni_adafocus_tsm_checkpoint import uni_adafocus_tsm_layout
from models.uni_adafocus_x3d_checkpoint import uni_adafocus_x3d_layout
from tests.conftest import REPOSITORY
from tests.models import small_networks, small_uni
from tests.models.small import MEAN_SIZES, PATCH, SIZES, small_model, small_plus, small_state

FRAMES = 3
PLUS_FRAMES = 4


@dataclass(frozen=True)
class Exported:
    """A bundle, the network it came from, and what was said on the way."""

    bundle: Bundle
    model: Any
    progress: tuple[str, ...]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def labels(count: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(count))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network from a checkpoint file, in float32."""
    folder = tmp_path_factory.mktemp("small")
    file = folder / "checkpoint.pth.tar"
    torch.save(published_layout(small_state(), {"epoch": 1}), file)
    said: list[str] = []
    request = ExportRequest(file, labels(SIZES.classes), folder / "bundle", patch=PATCH, frames=FRAMES)
    return Exported(load_bundle(export_adafocus(request, said.append)), small_model(), tuple(said))


@pytest.fixture(scope="session")
def small_mean(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network of the other consensus, in half precision."""
    out = tmp_path_factory.mktemp("small-mean") / "bundle"
    request = ExportRequest(
        Path(), labels(MEAN_SIZES.classes), out, patch=PATCH, frames=FRAMES, precision="fp16"
    )
    said: list[str] = []
    folder = export_checkpoint(seeded_checkpoint(MEAN_SIZES, ""), request, said.append)
    return Exported(load_bundle(folder), small_model(MEAN_SIZES), tuple(said))


@pytest.fixture(scope="session")
def small_plus_bundle(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network that drops frames, from two files and a threshold solved to 0.5, in float32."""
    folder, model = tmp_path_factory.mktemp("small-plus"), small_plus(0.5)
    torch.save(published_layout(small_state()), folder / "base")
    torch.save(keep_layout(model.keep.state_dict()), folder / "keep")
    np.save(folder / "keep.npy", np.array([[0.125, 0.75], [0.25, 0.5]], np.float32))
    request = ExportRequest(
        folder / "base",
        labels(SIZES.classes),
        folder / "bundle",
        patch=PATCH,
        frames=PLUS_FRAMES,
        keep_checkpoint=folder / "keep",
        keep_share=0.5,
        keep_probabilities=folder / "keep.npy",
    )
    said: list[str] = []
    return Exported(load_bundle(export_adafocus_plus(request, said.append)), model, tuple(said))


@pytest.fixture(scope="session")
def small_ocsampler(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network that keeps three of the published number of frames; the network in published order."""
    folder, model = tmp_path_factory.mktemp("small-ocsampler"), small_uni.ocsampler(OCSamplerOptions(3, 8))
    torch.save(ocsampler_layout(model), folder / "checkpoint")
    said: list[str] = []
    request = ExportRequest(
        folder / "checkpoint", labels(5), folder / "bundle", focus_frames=3, shift_divisor=8
    )
    return Exported(load_bundle(export_ocsampler(request, said.append)), model, tuple(said))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A network of the published sizes at P = 128: with golden weights where they are to be had."""
    folder = tmp_path_factory.mktemp("published")
    golden = REPOSITORY.parent / "shared" / "golden"
    request = ExportRequest(folder / "checkpoint", labels(200), folder / "bundle", patch=128)
    if golden.is_dir():
        torch.save(load_golden(golden, "adafocus-v1-p128").checkpoint(), request.checkpoint)
        export_adafocus(request, lambda _: None)
        request.checkpoint.unlink()
    else:
        export_checkpoint(seeded_checkpoint(AdaFocusSizes(), ""), request, lambda _: None)
    return load_bundle(request.out)


@pytest.fixture(scope="session")
def published_mean(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The golden network of the mean consensus."""
    folder = tmp_path_factory.mktemp("published-mean")
    request = ExportRequest(folder / "checkpoint", labels(20), folder / "bundle", patch=96, frames=8)
    torch.save(load_golden(shared / "golden", "adafocus-v1-fc-p96").checkpoint(), request.checkpoint)
    export_adafocus(request, lambda _: None)
    request.checkpoint.unlink()
    return load_bundle(request.out)


@pytest.fixture(scope="session")
def small_tsm(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network that takes a video together, its place continuous, in float32."""
    model = small_networks.adafocus_tsm()
    return from_file(tmp_path_factory, model, adafocus_tsm_layout(model), export_adafocus_tsm, "fp32")


@pytest.fixture(scope="session")
def small_v2(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network whose patches lie between the pixels, in half precision."""
    model = small_networks.adafocus_v2()
    return from_file(tmp_path_factory, model, adafocus_v2_layout(model), export_adafocus_v2, "fp16")


@pytest.fixture(scope="session")
def small_uni_2d(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network that answers after its glance and after each patch, in half precision."""
    model = small_uni.uni_adafocus()
    return from_file(tmp_path_factory, model, uni_adafocus_layout(model), export_uni_adafocus, "fp16")


@pytest.fixture(scope="session")
def small_uni_tsm(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network that chooses frames of a list of their own, in float32."""
    model = small_uni.uni_adafocus_tsm()
    layout = uni_adafocus_tsm_layout(model)
    return from_file(tmp_path_factory, model, layout, export_uni_adafocus_tsm, "fp32", focus_frames=3)


@pytest.fixture(scope="session")
def small_uni_x3d(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A small network of 3D convolutions whose glance is made smaller, in half precision."""
    model = small_uni.uni_adafocus_x3d()
    layout = uni_adafocus_x3d_layout(model)
    return from_file(tmp_path_factory, model, layout, export_uni_adafocus_x3d, "fp16", focus_frames=3)


def from_file(
    factory: pytest.TempPathFactory,
    model: Any,
    layout: dict[str, Any],
    export: Callable[[ExportRequest, Progress], Path],
    precision: Precision,
    focus_frames: int | None = None,
) -> Exported:
    folder = factory.mktemp("exported")
    torch.save(layout, folder / "checkpoint")
    said: list[str] = []
    patch = model.options.patch
    request = ExportRequest(folder / "checkpoint", labels(5), folder / "b", patch=patch, precision=precision)
    request = replace(request, focus_frames=focus_frames)
    return Exported(load_bundle(export(request, said.append)), model, tuple(said))
