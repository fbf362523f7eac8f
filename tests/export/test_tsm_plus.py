from dataclasses import replace
from pathlib import Path

import pytest

from export.request import ExportRequest
from export.tsm_plus import export_tsm_plus
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.errors import CheckpointError, ConfigError
from foveate.tensorrt.flavour import Flavour
from models.streams import FocusStream, GlanceStream
from tests.export.conftest import labels
from tests.export.drafts import full_size
from tests.export.whole_frame_drafts import NARROW
from tests.models.small_networks import seeded
from tests.models.test_dense_checkpoint import tsm_file
from tests.tensorrt.compiled import assert_compiles


@pytest.fixture
def request_of(tmp_path: Path) -> ExportRequest:
    focus = tsm_file(tmp_path / "focus", seeded(FocusStream(4, 5, 3)))
    glance = tsm_file(tmp_path / "glance", seeded(GlanceStream(NARROW, 5, 2)))
    out = tmp_path / "out"
    return ExportRequest(
        focus, labels(5), out, glance_frames=2, focus_frames=3, precision="fp16", glance_checkpoint=glance
    )


def test_two_files_become_one_bundle(request_of: ExportRequest, rtx: Flavour) -> None:
    bundle = load_bundle(export_tsm_plus(request_of, lambda _: None))
    assert_compiles(bundle, rtx)
    assert [finding for finding in verify(bundle) if finding.problem] == []
    assert bundle.manifest.name == "tsm-plus-2-3"
    options = bundle.manifest.provenance.options
    assert options["glance_sha256"] not in (None, bundle.manifest.provenance.checkpoint_sha256)


def test_the_published_figure_is_that_of_eight_and_eight() -> None:
    assert full_size("dense tsm plus", 8).published == 35.1e9
    assert full_size("dense tsm plus", 12).published is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"glance_checkpoint": None}, ConfigError, "glance network with --glance-checkpoint"),
        ({"glance_checkpoint": Path("nowhere")}, CheckpointError, "nowhere is not a file"),
        ({"focus_frames": None}, ConfigError, "with --focus-frames; published: 8, 12"),
        ({"glance_frames": 0}, ConfigError, "0 glance frames are out of range"),
        ({"focus_frames": 300}, ConfigError, "300 focus frames are out of range"),
        ({"patch": 96}, ConfigError, "tsm-plus has no choice of --patch"),
        ({"frames": 8}, ConfigError, "tsm-plus has no choice of --frames"),
    ],
)
def test_choices_that_do_not_fit(
    request_of: ExportRequest, change: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        export_tsm_plus(replace(request_of, **change), lambda _: None)  # type: ignore[arg-type]
    assert not request_of.out.exists()
