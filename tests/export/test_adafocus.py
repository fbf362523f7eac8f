from dataclasses import replace
from pathlib import Path

import pytest

from export.adafocus import export_adafocus, export_checkpoint
from export.count import multiply_adds
from export.request import ExportRequest
from export.untrained_bundle import seeded_checkpoint
from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Manifest, Network
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form, Order, SamplingRule
from foveate.errors import CheckpointError, ConfigError, ExportError
from tests.export.conftest import Exported, labels
from tests.models.small import PATCH, SIZES

COUNTED = {96: 17.18e9, 128: 26.52e9, 160: 38.53e9, 192: 53.21e9}


def present(network: Network | None) -> Network:
    assert network is not None
    return network


@pytest.mark.parametrize("patch", COUNTED)
def test_a_video_costs_what_the_published_modules_do(published: Bundle, patch: int) -> None:
    networks = published.manifest.networks
    focus = published.folder / present(networks.focus).forms[Form.WHOLE].file
    frame = (
        present(networks.glance).forms[Form.WHOLE].multiply_adds
        + present(networks.policy).forms[Form.STEP].multiply_adds
        + multiply_adds(focus, {"pixels": (3, patch, patch)})
        + networks.classifier.forms[Form.STEP].multiply_adds
    )
    assert 16 * frame == pytest.approx(COUNTED[patch], rel=0.005)


def test_the_costs_in_a_manifest(published: Bundle) -> None:
    cost = published.manifest.cost
    assert len(cost.nominal) == 16
    assert cost.nominal[-1] == 16 * cost.nominal[0]
    assert cost.nominal[-1] == pytest.approx(COUNTED[128], rel=0.005)
    assert cost.published == 26.6e9
    assert cost.dense == pytest.approx(16 * 4.087e9, rel=0.005)


@pytest.mark.parametrize("which", ["small", "small_mean", "published"])
def test_a_bundle_verifies(which: str, request: pytest.FixtureRequest) -> None:
    exported = request.getfixturevalue(which)
    bundle = exported if isinstance(exported, Bundle) else exported.bundle
    findings = list(verify(bundle))
    assert len(findings) == 2 + 7 + 6 * 4
    assert [finding for finding in findings if finding.problem] == []


def test_what_a_manifest_says(small: Exported) -> None:
    manifest: Manifest = small.bundle.manifest
    assert manifest.name == f"adafocus-p{PATCH}"
    assert manifest.sampling.rule is SamplingRule.CENTRES_REPEAT_LAST
    assert manifest.sampling.counts == (3,)
    assert (manifest.preprocessing.crop, manifest.preprocessing.short_side) == (96, 109)
    assert manifest.plan.order is Order.INTERLEAVED
    assert manifest.plan.glance == manifest.plan.candidates == manifest.plan.frames == (0, 1, 2)
    assert manifest.plan.rectangles is None
    assert manifest.cost.published is None
    assert manifest.provenance.options["consensus"] == "gru"
    assert manifest.parity.patches_identical
    assert manifest.parity.patches_compared == 9
    assert small.bundle.labels == labels(5)


def test_whole_and_step_have_the_ports_of_their_kind(small_mean: Exported) -> None:
    forms = small_mean.bundle.manifest.networks.classifier.forms
    assert [i.name for i in forms[Form.WHOLE].inputs] == ["glance", "focus"]
    step = {i.name: i for i in forms[Form.STEP].inputs}
    assert step["step"].shape == ()
    assert step["state"].shape == (5,)


def test_progress_is_told(small: Exported) -> None:
    assert small.progress[0].startswith("reading ")
    assert "exporting focus.onnx" in small.progress
    assert small.progress[-1].startswith("wrote ")


def ask(tmp_path: Path) -> ExportRequest:
    return ExportRequest(tmp_path / "none", labels(5), tmp_path / "out", patch=PATCH, frames=3)


def test_the_patch_side_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name the patch side with --patch; published: 96, 128, 160, 192"):
        export_adafocus(replace(ask(tmp_path), patch=None), print)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"labels": labels(4)}, ConfigError, "4 labels, and the checkpoint has 5 classes"),
        ({"frames": 0}, ConfigError, "0 frames are out of range"),
        ({"patch": 50}, CheckpointError, "50 is no multiple of 16 between 32 and 96"),
        ({"patch": None}, ConfigError, "name the patch side"),
        ({"focus_frames": 3}, ConfigError, "adafocus has no choice of --focus-frames"),
    ],
)
def test_choices_that_do_not_fit_are_refused(
    tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    request = replace(ask(tmp_path), **change)  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        export_checkpoint(seeded_checkpoint(SIZES, ""), request, print)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ExportError("no such graph")

    monkeypatch.setattr("export.draft.write_graphs", fail)
    with pytest.raises(ExportError, match="no such graph"):
        export_checkpoint(seeded_checkpoint(SIZES, ""), ask(tmp_path), print)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_in_the_way_is_found_before_the_work(small: Exported) -> None:
    request = ExportRequest(Path("/nowhere"), labels(5), small.bundle.folder, patch=PATCH)
    with pytest.raises(ExportError, match="--force replaces it"):
        export_adafocus(request, print)
