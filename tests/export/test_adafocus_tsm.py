from dataclasses import replace
from pathlib import Path

import pytest

from export.adafocus_tsm import draft, export_adafocus_tsm
from export.draft import export_draft
from export.request import ExportRequest
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form, Order, PixelOperation, SamplingRule, UnitKind
from foveate.errors import CheckpointError, ConfigError
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts
from tests.models import small_networks


def test_a_bundle_verifies(small_tsm: Exported) -> None:
    assert [finding for finding in verify(small_tsm.bundle) if finding.problem] == []


def test_what_a_manifest_says(small_tsm: Exported) -> None:
    manifest = small_tsm.bundle.manifest
    assert manifest.name == "adafocus-tsm-p48"
    assert (manifest.sampling.rule, manifest.sampling.counts) == (SamplingRule.CENTRES_REPEAT_FIRST, (4, 6))
    assert manifest.plan.order is Order.GLANCE_FIRST
    assert manifest.plan.candidates == tuple(range(4, 10))
    networks = manifest.networks
    assert networks.focus is not None
    assert networks.focus.pixels is not None
    assert (networks.focus.unit, networks.focus.pixels.operation) == (UnitKind.VIDEO, PixelOperation.CUT)
    assert len(manifest.cost.nominal) == 1
    assert manifest.exits is None
    assert manifest.provenance.checkpoint_sha256 is not None
    assert small_tsm.progress[1].endswith("entries that only training uses")


def test_published_figures_are_those_of_published_sizes() -> None:
    assert [full_size("tsm", patch).published for patch in (144, 160, 176, 128)] == [
        23.5e9,
        27.5e9,
        33.7e9,
        None,
    ]
    assert small_drafts()["tsm"].published is None


def ask(small_tsm: Exported, tmp_path: Path) -> ExportRequest:
    checkpoint = small_tsm.bundle.folder.parent / "checkpoint"
    return ExportRequest(checkpoint, labels(5), tmp_path / "out", patch=48)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "name the patch side with --patch; published: 144, 160, 176"),
        ({"patch": 80}, CheckpointError, "a patch side of 80 does not lie between 32 and 64"),
        ({"frames": 8}, ConfigError, "adafocus-tsm has no choice of --frames"),
        ({"glance_frames": 8}, ConfigError, "--glance-frames 8 does not fit: .* for 4 glance frames"),
        ({"focus_frames": 0}, ConfigError, "0 focus frames are out of range"),
        ({"labels": labels(3)}, ConfigError, "3 labels, and the checkpoint has 5 classes"),
    ],
)
def test_choices_that_do_not_fit(
    small_tsm: Exported, tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    request = replace(ask(small_tsm, tmp_path), **change)  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        export_adafocus_tsm(request, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_network_whose_glance_only_plans_is_exported_as_such(tmp_path: Path) -> None:
    """The export itself holds the graphs to the network."""
    model = small_networks.adafocus_tsm(say=False)
    out = export_draft(
        draft(model, None), ExportRequest(tmp_path, labels(5), tmp_path / "out"), lambda _: None
    )
    classifier = load_bundle(out).manifest.networks.classifier
    assert [port.name for port in classifier.forms[Form.WHOLE].inputs] == ["focus"]
