"""Servers with real bundles, and clips for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.adafocus import export_checkpoint
from export.request import ExportRequest
from export.untrained_bundle import PATCH, default_checkpoint, seeded_checkpoint
from models.adafocus import AdaFocus, AdaFocusSizes
from models.mobilenet_v2 import MobileNetV2Channels
from models.policy import PolicySizes
from tests.conftest import REPOSITORY
from tests.integration.trained import Trained, served
from tests.server.live import Live, running
from tests.video.made import encode

MADE = {
    "h264.mp4": ("libx264", (320, 240)),
    "vp9.webm": ("libvpx-vp9", (128, 160)),
    "mpeg4.avi": ("mpeg4", (176, 144)),
}
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Twin:
    """A running server, and the network that its first bundle came from."""

    live: Live
    model: AdaFocus
    clips: dict[str, Path]


def request(out: Path, name: str, classes: int, patch: int, frames: int) -> ExportRequest:
    labels = tuple(f"class {number}" for number in range(classes))
    return ExportRequest(Path(), labels, out, patch=patch, frames=frames, name=name)


@pytest.fixture(scope="session")
def real_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Clips made here, and where they are to be had the real ones of moderate size."""
    folder = tmp_path_factory.mktemp("clips")
    found = {name: encode(folder / name, codec, frames=40, size=size) for name, (codec, size) in MADE.items()}
    shared = REPOSITORY.parent / "shared" / "clips"
    found |= {
        path.name: path
        for path in sorted(shared.glob("*.*"))
        if path.suffix not in (".json", ".m4s") and 0 < path.stat().st_size < MOST_BYTES
    }
    return found


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory, real_clips: dict[str, Path]) -> Iterator[Twin]:
    """Two bundles in float32: the embedded one's weights, and another of other sizes."""
    folder = tmp_path_factory.mktemp("twin")
    first = default_checkpoint()
    sizes = AdaFocusSizes(
        glance=MobileNetV2Channels.scaled(0.25),
        policy=PolicySizes(encoded=64, hidden=64, candidates=25),
        focus_base=8,
        classifier_hidden=None,
        classes=7,
    )
    bundles = [
        export_checkpoint(first, request(folder / "first", "first", 10, PATCH, 16), lambda _: None),
        export_checkpoint(
            seeded_checkpoint(sizes, "second"),
            request(folder / "second", "second", 7, 128, 8),
            lambda _: None,
        ),
    ]
    with running(bundle=bundles, lanes=3, batch_frames=5, batch_videos=3, decode_workers=2) as live:
        yield Twin(live, first.build(PATCH), real_clips)


@pytest.fixture(scope="module")
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """A server of the networks that a module names ``SYSTEMS``, each trained first."""
    with served(tmp_path_factory, request.module.SYSTEMS) as found:
        yield found
