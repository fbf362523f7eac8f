from dataclasses import replace
from pathlib import Path

import pytest
import torch

from export.adafocus_plus import draft, export_adafocus_plus
from export.compare import Wanted, bundle_parity
from export.request import ExportRequest
from export.transform import MEAN, STD
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import Form
from foveate.errors import CheckpointError, ConfigError, ExportError
from foveate.parity.frames import normalised, smooth_frames
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_checkpoint import published_layout
from models.adafocus_plus import AdaFocusPlus
from models.published import outline
from tests.export.conftest import PLUS_FRAMES, Exported, labels
from tests.export.manifests import manifest_of
from tests.export.test_cost import networks
from tests.models.small import PATCH, small_plus, small_state


def test_a_file_becomes_a_bundle_that_verifies(small_plus_bundle: Exported) -> None:
    bundle = small_plus_bundle.bundle
    assert [finding for finding in verify(bundle) if finding.problem] == []
    manifest = bundle.manifest
    assert manifest.name == f"adafocus-plus-p{PATCH}"
    assert manifest.plan.keep_threshold == small_plus_bundle.model.threshold
    assert manifest.provenance.system == "adafocus-plus"
    options = manifest.provenance.options
    assert options["keep_share"] == 0.5
    assert options["keep_sha256"] not in (None, manifest.provenance.checkpoint_sha256)


def test_places_and_keep_probabilities_are_compared_in_both_forms(small_plus_bundle: Exported) -> None:
    parity = small_plus_bundle.bundle.manifest.parity
    assert parity.patches_identical
    keep = {check.graph: check.tolerance for check in parity.checks if check.output == "keep"}
    assert keep == dict.fromkeys(("policy.onnx", "policy_step.onnx", "all graphs"), 1e-4)


def test_another_choice_of_frames_is_refused(small_plus_bundle: Exported) -> None:
    manifest, folder = small_plus_bundle.bundle.manifest, small_plus_bundle.bundle.folder
    pixels = normalised(smooth_frames(2, PLUS_FRAMES, manifest.preprocessing.crop), MEAN, STD)
    with torch.no_grad():
        lowest = float(small_plus_bundle.model(torch.from_numpy(pixels)).keep.min())
    made = draft(small_plus(lowest - 2e-5), PLUS_FRAMES, None)

    def moved(pixels: torch.Tensor) -> Wanted:
        """Probabilities within the tolerance, one of them on the other side of the threshold."""
        wanted = made.forward(pixels)
        assert wanted.keep is not None
        return replace(wanted, keep=wanted.keep - 5e-5)

    manifest = manifest.model_copy(update={"plan": made.plan})
    bundle_parity(manifest, folder, made.specs, made.forward, "fp32")
    with pytest.raises(ExportError, match=r"choose \d of 12 patches otherwise"):
        bundle_parity(manifest, folder, made.specs, moved, "fp32")


def test_what_the_second_policy_costs() -> None:
    model = outline(lambda: AdaFocusPlus(AdaFocus(AdaFocusSizes(), 128), 0.5))
    made = draft(model, 16, None)
    assert made.published is None
    parts = networks(made)
    assert parts.policy is not None
    # Twice the published policy of 0.0100 G a frame; 26.52 G is what the rest is counted at.
    assert parts.policy.forms[Form.STEP].multiply_adds == pytest.approx(2 * 0.0100e9, rel=0.01)
    assert made.nominal(made.plan, parts)[-1] == pytest.approx(26.52e9 + 16 * 0.0100e9, rel=0.005)


def test_what_a_manifest_says() -> None:
    manifest = manifest_of(draft(small_plus(0.25), 3, None))
    assert manifest.plan.keep_threshold == 0.25
    assert "none where the keep probability is below 0.25" in manifest.description
    assert manifest.networks.policy is not None
    assert set(manifest.networks.policy.forms) == {Form.WHOLE, Form.STEP}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "name the patch side"),
        ({"keep_threshold": None}, ConfigError, "name the threshold with --keep-threshold"),
        ({"focus_frames": 3}, ConfigError, "adafocus-plus has no choice of --focus-frames"),
        ({"frames": 0}, ConfigError, "0 frames are out of range"),
        ({}, CheckpointError, "no entry 'keep_policy': name the file .* with --keep-checkpoint"),
        ({"keep_checkpoint": Path("none")}, CheckpointError, "none is not a file"),
    ],
)
def test_choices_that_do_not_fit(
    tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    torch.save(published_layout(small_state()), tmp_path / "base")
    asked = ExportRequest(
        tmp_path / "base", labels(5), tmp_path / "out", patch=PATCH, frames=3, keep_threshold=0.5
    )
    with pytest.raises(error, match=message):
        export_adafocus_plus(replace(asked, **change), lambda _: None)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
