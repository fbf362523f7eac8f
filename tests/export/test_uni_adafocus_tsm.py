from dataclasses import replace
from pathlib import Path

import pytest

from export.request import ExportRequest
from export.uni_adafocus_tsm import export_uni_adafocus_tsm
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form
from foveate.errors import CheckpointError, ConfigError
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts


def test_a_bundle_verifies(small_uni_tsm: Exported) -> None:
    assert [finding for finding in verify(small_uni_tsm.bundle) if finding.problem] == []


def test_what_a_manifest_says(small_uni_tsm: Exported) -> None:
    manifest = small_uni_tsm.bundle.manifest
    assert manifest.name == "uni-adafocus-tsm-p32-k3"
    assert manifest.sampling.counts == (4, 9)
    assert manifest.preprocessing.crop == 64
    assert set(manifest.networks.classifier.forms) == {Form.GLANCE, Form.WHOLE}
    early, everything = manifest.cost.nominal
    assert 0 < early < everything
    assert manifest.exits is None
    assert manifest.provenance.options == {
        "patch": 32,
        "frames": 9,
        "glance_frames": 4,
        "focus_frames": 3,
    }


def test_published_figures_are_those_of_published_sizes() -> None:
    known = [("uni tsm 8", 96), ("uni tsm 12", 96), ("uni tsm 12", 128), ("uni tsm 16", 128)]
    assert [full_size(*one).published for one in known] == [8.824e9, 11.830e9, 18.837e9, 24.178e9]
    assert full_size("uni tsm 8", 128).published is None
    assert small_drafts()["uni tsm"].published is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "name the patch side with --patch; published: 96, 128"),
        (
            {"focus_frames": None},
            ConfigError,
            "name the number of focus frames with --focus-frames; published: 8, 12, 16",
        ),
        ({"frames": 2}, CheckpointError, "3 of 2 frames cannot be chosen"),
        ({"glance_frames": 8}, ConfigError, "--glance-frames 8 does not fit: .* for 4 glance frames"),
        ({"labels": labels(3)}, ConfigError, "3 labels, and the checkpoint has 5 classes"),
    ],
)
def test_choices_that_do_not_fit(
    small_uni_tsm: Exported, tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    checkpoint = small_uni_tsm.bundle.folder.parent / "checkpoint"
    request = ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=32, focus_frames=3)
    with pytest.raises(error, match=message):
        export_uni_adafocus_tsm(replace(request, **change), lambda _: None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
