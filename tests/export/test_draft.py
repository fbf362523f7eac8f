from pathlib import Path

import pytest

from export.draft import dense_cost, export_draft, square
from export.request import ExportRequest
from foveate.bundle.load import load_bundle
from foveate.bundle.manifest import Quantisation
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ConfigError
from foveate.runtimes.weights import weight_precision
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


def test_a_glance_that_loses_the_plan_stays_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []

    def lost(*arguments: object) -> int:
        looked.append(arguments)
        return 3

    monkeypatch.setattr("export.draft.lost_choices", lost)
    draft = small_drafts()["uni x3d"]
    said: list[str] = []
    request = ExportRequest(Path(), ("a", "b", "c", "d", "e"), tmp_path / "out", precision="fp16")
    folder = export_draft(draft, request, said.append)
    options = load_bundle(folder).manifest.provenance.options
    assert weight_precision(folder / "glance.onnx") == "fp32"
    assert weight_precision(folder / "focus.onnx") == "fp16"
    assert (options["glance_precision"], len(looked)) == ("fp32", 1)
    assert any("3 choices that were no near ties" in line for line in said)


def test_a_bundle_in_int8_carries_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = Quantisation(
        calibrated_on="x", videos=1, kept_float=(), outputs=(), answers_compared=1, answers_agreeing=1
    )
    monkeypatch.delattr("export.draft.lost_choices")  # what is exported in float32 is not asked
    monkeypatch.setattr("export.draft.quantise_bundle", lambda *arguments: report)
    request = ExportRequest(Path(), ("a", "b", "c", "d", "e"), tmp_path / "out", precision="int8")
    manifest = load_bundle(export_draft(small_drafts()["dense x3d"], request, lambda _: None)).manifest
    assert (manifest.precision, manifest.quantisation) == ("int8", report)
