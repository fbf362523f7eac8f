from pathlib import Path

import numpy as np
import pytest
import torch

from export.adafocus import draft, export_checkpoint
from export.adafocus_fixed import PLACES, at_fixed_places, check_places, fixed_places
from export.draft import Draft
from export.registry import exporter
from export.request import ExportRequest, Progress
from export.untrained_bundle import seeded_checkpoint
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ConfigError
from models.adafocus import AdaFocus
from models.adafocus_checkpoint import published_layout
from tests.export.conftest import labels
from tests.export.drafts import small_drafts
from tests.export.manifests import manifest_of
from tests.models.small import PATCH, SIZES, small_model, small_state
from tests.models.small_networks import noise


def test_a_request_for_places_leaves_the_policy_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Draft] = []

    def export_draft(draft: Draft, request: ExportRequest, progress: Progress) -> Path:
        made.append(draft)
        return request.out

    # The graphs are those of a bundle with a policy, which is exported in its own tests.
    monkeypatch.setattr("export.adafocus.export_draft", export_draft)
    request = ExportRequest(Path(), labels(5), tmp_path / "out", patch=PATCH, frames=2, places="grid")
    export_checkpoint(seeded_checkpoint(SIZES, ""), request, lambda _: None)
    manifest = manifest_of(made[0])
    assert manifest.networks.policy is None
    assert manifest.name == f"adafocus-p{PATCH}-grid"
    assert manifest.cost.published is None


@torch.no_grad()
def test_answers_depend_on_the_places() -> None:
    model, draft = small_model(), small_drafts()["adafocus"]
    pixels = noise(1, 3, 3, 96, 96)
    fixed = at_fixed_places(draft, model, "centre")
    wanted = fixed.forward(pixels)
    assert wanted.rectangles is not None
    corner = (96 - PATCH) // 2
    assert wanted.rectangles.tolist() == [[[corner, corner, PATCH, PATCH]] * 3]
    other = at_fixed_places(draft, model, "grid").forward(pixels)
    assert not torch.equal(wanted.answers, other.answers)


@torch.no_grad()
def test_larger_frames_are_glanced_at_made_smaller_here_too() -> None:
    model = AdaFocus(SIZES, PATCH, 192).eval()
    made = draft(model, 2, None)
    assert made.pixels["glance"].operation is PixelOperation.BILINEAR_ALIGNED
    assert (made.pixels["glance"].height, made.preprocessing.crop) == (96, 192)
    fixed = at_fixed_places(made, model, "centre").forward(noise(1, 2, 3, 192, 192))
    assert fixed.answers.shape == (1, 2, SIZES.classes)
    assert fixed.rectangles is not None
    assert fixed.rectangles.tolist() == [[[72, 72, PATCH, PATCH]] * 2]


def test_a_manifest_says_where_and_leaves_the_table_out() -> None:
    manifest = manifest_of(small_drafts()["fixed"])
    assert manifest.provenance.options["places"] == "random"
    assert "candidates" not in manifest.provenance.options
    assert manifest.plan.rectangles is not None
    said = [(r.y, r.x, r.height, r.width) for r in manifest.plan.rectangles]
    assert said == [tuple(row) for row in fixed_places("random", 3, 96, PATCH).tolist()]


@pytest.mark.parametrize("places", PLACES)
def test_every_kind_lies_inside_and_stays_where_it_is(places: str) -> None:
    found = fixed_places(places, 16, 224, 96)
    assert found.shape == (16, 4)
    assert (found[:, :2] >= 0).all()
    assert (found[:, :2] <= 128).all()
    np.testing.assert_array_equal(found, fixed_places(places, 16, 224, 96))


def test_other_kinds_and_other_systems_are_refused(tmp_path: Path) -> None:
    check_places(None)
    torch.save(published_layout(small_state()), tmp_path / "file")
    request = ExportRequest(tmp_path / "file", labels(5), tmp_path / "out", patch=PATCH, places="corner")
    with pytest.raises(ConfigError, match="called corner; there are: centre, gaussian, grid, random"):
        exporter("adafocus")(request, lambda _: None)
    with pytest.raises(ConfigError, match="adafocus-v2 has no choice of --places"):
        exporter("adafocus-v2")(request, lambda _: None)
