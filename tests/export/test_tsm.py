from dataclasses import replace
from pathlib import Path

import pytest

from export import tsm
from export.draft import Draft
from export.request import ExportRequest, Progress
from foveate.bundle.vocabulary import SamplingRule, UnitKind
from foveate.errors import ConfigError
from models.streams import FocusStream
from tests.export.conftest import labels
from tests.export.manifests import manifest_of
from tests.models.small_networks import seeded
from tests.models.test_dense_checkpoint import tsm_file


@pytest.fixture
def request_of(tmp_path: Path) -> ExportRequest:
    file = tsm_file(tmp_path / "checkpoint", seeded(FocusStream(8, 5, 3)))
    return ExportRequest(file, labels(5), tmp_path / "out", frames=3, precision="fp16")


def test_a_file_of_the_tsm_project_becomes_a_draft(
    request_of: ExportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Draft] = []

    def export_draft(draft: Draft, request: ExportRequest, progress: Progress) -> Path:
        made.append(draft)
        return request.out

    # The graphs are those of other systems, which are exported in the tests of these.
    monkeypatch.setattr(tsm, "export_draft", export_draft)
    assert tsm.export_tsm(request_of, lambda _: None) == request_of.out
    manifest = manifest_of(made[0])
    assert manifest.name == "tsm-3"
    assert manifest.provenance.checkpoint_sha256 is not None
    assert manifest.sampling.rule is SamplingRule.CENTRES_REPEAT_FIRST
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.unit is UnitKind.VIDEO


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": None}, "frames of its training with --frames; published: 8, 12, 16"),
        ({"frames": 257}, "257 frames are out of range"),
        ({"patch": 96}, "tsm has no choice of --patch"),
        ({"glance_frames": 8}, "tsm has no choice of --glance-frames"),
        ({"focus_frames": 8}, "tsm has no choice of --focus-frames"),
    ],
)
def test_choices_that_do_not_fit(request_of: ExportRequest, change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tsm.export_tsm(replace(request_of, **change), lambda _: None)  # type: ignore[arg-type]
    assert not request_of.out.exists()
