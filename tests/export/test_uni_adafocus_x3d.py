from dataclasses import replace
from pathlib import Path

import pytest

from export.request import ExportRequest
from export.uni_adafocus_x3d import export_uni_adafocus_x3d
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form
from foveate.errors import CheckpointError, ConfigError
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts


def test_a_bundle_verifies(small_uni_x3d: Exported) -> None:
    assert [finding for finding in verify(small_uni_x3d.bundle) if finding.problem] == []


def test_what_a_manifest_says(small_uni_x3d: Exported) -> None:
    manifest = small_uni_x3d.bundle.manifest
    assert (manifest.name, manifest.precision) == ("uni-adafocus-x3d-p32-k3", "fp16")
    assert manifest.sampling.counts == (4, 9)
    assert manifest.preprocessing.crop == 89
    assert manifest.networks.glance is not None
    assert manifest.networks.glance.pixels is not None
    assert manifest.networks.glance.pixels.height == 64
    assert set(manifest.networks.classifier.forms) == {Form.GLANCE, Form.WHOLE}
    assert manifest.exits is None


def test_the_published_figure_is_of_published_sizes() -> None:
    draft = full_size("uni x3d 32", 128)
    assert draft.published == 8.777717e9
    assert (draft.sampling.counts, draft.preprocessing.crop) == ((16, 96), 224)
    assert full_size("uni x3d 16", 128).published is None
    assert small_drafts()["uni x3d"].published is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "name the patch side with --patch; published: 128"),
        ({"views": 2}, ConfigError, "--views 2 does not fit: a frame is seen in 1 or 3 views"),
        ({"frames": 2}, CheckpointError, "3 of 2 frames cannot be chosen"),
        ({"glance_frames": 8}, ConfigError, "--glance-frames 8 does not fit: .* for 4 glance frames"),
        ({"labels": labels(3)}, ConfigError, "3 labels, and the checkpoint has 5 classes"),
    ],
)
def test_choices_that_do_not_fit(
    small_uni_x3d: Exported, tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    checkpoint = small_uni_x3d.bundle.folder.parent / "checkpoint"
    request = ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=32, focus_frames=3)
    with pytest.raises(error, match=message):
        export_uni_adafocus_x3d(replace(request, **change), lambda _: None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
