from pathlib import Path

import pytest

from export.draft import dense_cost, export_draft, square
from export.request import ExportRequest
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ConfigError
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of


@pytest.mark.parametrize("name", sorted(small_drafts()))
def test_every_draft_is_a_sound_manifest(name: str) -> None:
    draft = small_drafts()[name]
    manifest = manifest_of(draft)
    assert manifest.name == draft.name
    assert manifest.cost.published is None


def test_what_a_system_says_of_its_bundle() -> None:
    draft = small_drafts()["v2"]
    assert draft.name == "adafocus-v2-mbv2-p40"
    assert "one patch of 40 x 40 a frame, between the pixels" in draft.description


@pytest.mark.parametrize(("system", "patch", "frames"), [("adafocus", 96, 16), ("tsm", 160, 12)])
def test_the_dense_cost_is_of_whole_frames(system: str, patch: int, frames: int) -> None:
    draft = full_size(system, patch)
    networks = manifest_of(draft).networks
    assert dense_cost(draft, networks) == pytest.approx(frames * 4.087e9, rel=0.005)


def test_labels_are_counted_before_any_work(tmp_path: Path) -> None:
    request = ExportRequest(Path(), ("one",), tmp_path / "out")
    with pytest.raises(ConfigError, match="1 labels, and the checkpoint has 5 classes"):
        export_draft(small_drafts()["v2"], request, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_square() -> None:
    pixels = square(PixelOperation.BILINEAR, 40)
    assert (pixels.operation, pixels.height, pixels.width) == (PixelOperation.BILINEAR, 40, 40)
