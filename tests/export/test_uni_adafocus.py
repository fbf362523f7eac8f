from dataclasses import replace
from pathlib import Path

import pytest

from export.request import ExportRequest
from export.uni_adafocus import export_uni_adafocus
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form, Order, PixelOperation, SamplingRule
from foveate.errors import CheckpointError, ConfigError
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts


def test_a_bundle_verifies(small_uni_2d: Exported) -> None:
    assert [finding for finding in verify(small_uni_2d.bundle) if finding.problem] == []


def test_what_a_manifest_says(small_uni_2d: Exported) -> None:
    manifest = small_uni_2d.bundle.manifest
    assert (manifest.name, manifest.precision) == ("uni-adafocus-p32", "fp16")
    assert (manifest.sampling.rule, manifest.sampling.counts) == (SamplingRule.SEGMENT_MIDDLES, (12,))
    plan = manifest.plan
    assert (plan.order, plan.glance) == (Order.GLANCE_FIRST, (1, 4, 7, 10))
    assert plan.candidates == tuple(range(12))
    assert (plan.steps, plan.frames, plan.rectangles) == (4, None, None)
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.pixels is not None
    assert manifest.networks.focus.pixels.operation is PixelOperation.BILINEAR
    assert set(manifest.networks.classifier.forms) == {Form.GLANCE, Form.STEP, Form.WHOLE}
    assert len(manifest.cost.nominal) == 5
    assert (manifest.exits, manifest.cost.published) == (None, None)


def test_glance_frames_are_in_the_middle_of_their_triples() -> None:
    assert full_size("uni", 128).plan.glance == tuple(range(1, 48, 3))


def test_published_figures_are_those_of_published_sizes() -> None:
    assert [full_size("uni", patch).published for patch in (96, 128, 160, 192)] == [
        17.888e9,
        27.230e9,
        39.241e9,
        None,
    ]
    assert small_drafts()["uni"].published is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "name the patch side with --patch; published: 96, 128, 160"),
        ({"patch": 80}, CheckpointError, "a patch side of 80 does not lie between 32 and 64"),
        ({"frames": 300}, ConfigError, "300 candidate frames are out of range"),
        ({"frames": 13}, CheckpointError, "13 candidates do not fall into 4 runs of two or more"),
        ({"focus_frames": 5}, ConfigError, "--focus-frames 5 does not fit: .* for 4 focus frames"),
        ({"glance_frames": 8}, ConfigError, "--glance-frames 8 does not fit: .* for 4 glance frames"),
        ({"labels": labels(3)}, ConfigError, "3 labels, and the checkpoint has 5 classes"),
    ],
)
def test_choices_that_do_not_fit(
    small_uni_2d: Exported, tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    checkpoint = small_uni_2d.bundle.folder.parent / "checkpoint"
    request = ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=32)
    with pytest.raises(error, match=message):
        export_uni_adafocus(replace(request, **change), lambda _: None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
