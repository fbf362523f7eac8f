"""Bundles that several tests look at, each exported once however many test processes there are."""

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
from tests.export.once import Once, run_folder
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


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Where bundles lie that the test processes of one run share."""
    return Once(run_folder(tmp_path_factory, "exported"))


def labels(count: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(count))


@pytest.fixture(scope="session")
def small(once: Once) -> Exported:
    """A small network from a checkpoint file, in float32."""

    def make(folder: Path, say: Progress) -> None:
        file = folder / "checkpoint.pth.tar"
        torch.save(published_layout(small_state(), {"epoch": 1}), file)
        request = ExportRequest(file, labels(SIZES.classes), folder / "bundle", patch=PATCH, frames=FRAMES)
        export_adafocus(request, say)

    folder, said = once.made("small", make)
    return Exported(load_bundle(folder / "bundle"), small_model(), said)


@pytest.fixture(scope="session")
def small_mean(once: Once) -> Exported:
    """A small network of the other consensus, in half precision."""

    def make(folder: Path, say: Progress) -> None:
        request = ExportRequest(
            Path(),
            labels(MEAN_SIZES.classes),
            folder / "bundle",
            patch=PATCH,
            frames=FRAMES,
            precision="fp16",
        )
        export_checkpoint(seeded_checkpoint(MEAN_SIZES, ""), request, say)

    folder, said = once.made("small-mean", make)
    return Exported(load_bundle(folder / "bundle"), small_model(MEAN_SIZES), said)


@pytest.fixture(scope="session")
def small_plus_bundle(once: Once) -> Exported:
    """A small network that drops frames, from two files and a threshold solved to 0.5, in float32."""
    model = small_plus(0.5)

    def make(folder: Path, say: Progress) -> None:
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
        export_adafocus_plus(request, say)

    folder, said = once.made("small-plus", make)
    return Exported(load_bundle(folder / "bundle"), model, said)


@pytest.fixture(scope="session")
def small_ocsampler(once: Once) -> Exported:
    """A small network that keeps three of the published number of frames; the network in published order."""
    model = small_uni.ocsampler(OCSamplerOptions(3, 8))

    def make(folder: Path, say: Progress) -> None:
        torch.save(ocsampler_layout(model), folder / "checkpoint")
        request = ExportRequest(
            folder / "checkpoint", labels(5), folder / "bundle", focus_frames=3, shift_divisor=8
        )
        export_ocsampler(request, say)

    folder, said = once.made("small-ocsampler", make)
    return Exported(load_bundle(folder / "bundle"), model, said)


@pytest.fixture(scope="session")
def published(once: Once) -> Bundle:
    """A network of the published sizes at P = 128: with golden weights where they are to be had."""
    golden = REPOSITORY.parent / "shared" / "golden"

    def make(folder: Path, say: Progress) -> None:
        request = ExportRequest(folder / "checkpoint", labels(200), folder / "bundle", patch=128)
        if golden.is_dir():
            torch.save(load_golden(golden, "adafocus-v1-p128").checkpoint(), request.checkpoint)
            export_adafocus(request, say)
            request.checkpoint.unlink()
        else:
            export_checkpoint(seeded_checkpoint(AdaFocusSizes(), ""), request, say)

    return load_bundle(once.made("published", make)[0] / "bundle")


@pytest.fixture(scope="session")
def published_mean(shared: Path, once: Once) -> Bundle:
    """The golden network of the mean consensus."""

    def make(folder: Path, say: Progress) -> None:
        request = ExportRequest(folder / "checkpoint", labels(20), folder / "bundle", patch=96, frames=8)
        torch.save(load_golden(shared / "golden", "adafocus-v1-fc-p96").checkpoint(), request.checkpoint)
        export_adafocus(request, say)
        request.checkpoint.unlink()

    return load_bundle(once.made("published-mean", make)[0] / "bundle")


@pytest.fixture(scope="session")
def small_tsm(once: Once) -> Exported:
    """A small network that takes a video together, its place continuous, in float32."""
    model = small_networks.adafocus_tsm()
    return from_file(once, "small-tsm", model, adafocus_tsm_layout(model), export_adafocus_tsm, "fp32")


@pytest.fixture(scope="session")
def small_v2(once: Once) -> Exported:
    """A small network whose patches lie between the pixels, in half precision."""
    model = small_networks.adafocus_v2()
    return from_file(once, "small-v2", model, adafocus_v2_layout(model), export_adafocus_v2, "fp16")


@pytest.fixture(scope="session")
def small_uni_2d(once: Once) -> Exported:
    """A small network that answers after its glance and after each patch, in half precision."""
    model = small_uni.uni_adafocus()
    return from_file(once, "small-uni-2d", model, uni_adafocus_layout(model), export_uni_adafocus, "fp16")


@pytest.fixture(scope="session")
def small_uni_tsm(once: Once) -> Exported:
    """A small network that chooses frames of a list of their own, in float32."""
    model = small_uni.uni_adafocus_tsm()
    layout = uni_adafocus_tsm_layout(model)
    return from_file(once, "small-uni-tsm", model, layout, export_uni_adafocus_tsm, "fp32", focus_frames=3)


@pytest.fixture(scope="session")
def small_uni_x3d(once: Once) -> Exported:
    """A small network of 3D convolutions whose glance is made smaller, in half precision."""
    model = small_uni.uni_adafocus_x3d()
    layout = uni_adafocus_x3d_layout(model)
    return from_file(once, "small-uni-x3d", model, layout, export_uni_adafocus_x3d, "fp16", focus_frames=3)


def from_file(
    once: Once,
    name: str,
    model: Any,
    layout: dict[str, Any],
    export: Callable[[ExportRequest, Progress], Path],
    precision: Precision,
    focus_frames: int | None = None,
) -> Exported:
    def make(folder: Path, say: Progress) -> None:
        checkpoint = folder / "checkpoint"
        torch.save(layout, checkpoint)
        patch = model.options.patch
        request = ExportRequest(checkpoint, labels(5), folder / "b", patch=patch, precision=precision)
        export(replace(request, focus_frames=focus_frames), say)

    folder, said = once.made(name, make)
    return Exported(load_bundle(folder / "b"), model, said)
