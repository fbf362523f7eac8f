from dataclasses import replace
from pathlib import Path

import pytest

from export.adafocus_v2 import export_adafocus_v2
from export.request import ExportRequest
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Order, PixelOperation, SamplingRule
from foveate.errors import ConfigError
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts


def test_a_bundle_verifies(small_v2: Exported) -> None:
    assert [finding for finding in verify(small_v2.bundle) if finding.problem] == []


def test_what_a_manifest_says(small_v2: Exported) -> None:
    manifest = small_v2.bundle.manifest
    assert manifest.name == "adafocus-v2-mbv2-p40"
    assert (manifest.sampling.rule, manifest.sampling.counts) == (SamplingRule.CENTRES_REPEAT_LAST, (4,))
    assert manifest.plan.order is Order.INTERLEAVED
    assert manifest.plan.glance == manifest.plan.candidates == (1, 0, 3, 2)
    assert manifest.plan.frames == (0, 1, 2, 3)
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.pixels is not None
    assert manifest.networks.focus.pixels.operation is PixelOperation.BILINEAR
    assert manifest.exits is None
    assert manifest.cost.nominal == tuple(manifest.cost.nominal[0] * k for k in range(1, 5))


@pytest.mark.parametrize(
    ("system", "operation", "side"),
    [("v2", PixelOperation.CUT, 224), ("v2 res50", PixelOperation.BILINEAR_ALIGNED, 96)],
)
def test_what_the_glance_sees(system: str, operation: PixelOperation, side: int) -> None:
    draft = full_size(system, 128)
    assert (draft.pixels["glance"].operation, draft.pixels["glance"].height) == (operation, side)
    assert draft.preprocessing.crop == 224
    assert draft.plan.glance == (7, 0, 15, 3, 11, 1, 5, 9, 13, 2, 4, 6, 8, 10, 12, 14)


def test_published_figures_are_those_of_published_sizes() -> None:
    assert [full_size("v2", patch).published for patch in (96, 128, 160, 176)] == [17.6e9, 27e9, 39e9, None]
    assert [full_size("v2 res50", patch).published for patch in (96, 128, 192)] == [24.8e9, 34.1e9, None]
    assert small_drafts()["v2 res50"].published is None


def test_a_larger_crop_is_glanced_at_made_smaller(small_v2: Exported, tmp_path: Path) -> None:
    checkpoint = small_v2.bundle.folder.parent / "checkpoint"
    request = ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=40, crop=96)
    bundle = load_bundle(export_adafocus_v2(request, lambda _: None))
    assert [finding for finding in verify(bundle) if finding.problem] == []
    glance = bundle.manifest.networks.glance
    assert glance is not None
    assert glance.pixels is not None
    assert (glance.pixels.operation, glance.pixels.height) == (PixelOperation.BILINEAR_ALIGNED, 64)
    assert bundle.manifest.preprocessing.crop == 96


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": None}, "name the patch side with --patch; published: 96, 128, 160"),
        ({"frames": 16}, "--frames 16 does not fit: the checkpoint is made for 4 frames"),
        ({"crop": 4096}, "4096 pixels along a frame are out of range: 1 to 1024"),
        ({"focus_frames": 4}, "adafocus-v2 has no choice of --focus-frames"),
    ],
)
def test_choices_that_do_not_fit(
    small_v2: Exported, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    checkpoint = small_v2.bundle.folder.parent / "checkpoint"
    request = ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=40)
    with pytest.raises(ConfigError, match=message):
        export_adafocus_v2(replace(request, **change), lambda _: None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
