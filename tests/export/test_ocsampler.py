from dataclasses import replace
from pathlib import Path

import pytest
import torch

from export.frames import smooth_frames
from export.ocsampler import draft, export_ocsampler
from export.request import ExportRequest
from export.straight import StraightRun
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import CropRounding, Order, PixelOperation, Resize, SamplingRule, UnitKind
from foveate.engine.messages import Options
from foveate.errors import CheckpointError, ConfigError
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from models.ocsampler import OCSamplerOptions
from models.ocsampler_checkpoint import ocsampler_layout
from tests.export.conftest import labels
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of
from tests.models.small_uni import ocsampler

NARROW_BUT_PUBLISHED = OCSamplerOptions(keep=3, divisor=8)


@pytest.fixture(scope="module")
def request_of(tmp_path_factory: pytest.TempPathFactory) -> ExportRequest:
    folder = tmp_path_factory.mktemp("ocsampler")
    torch.save(ocsampler_layout(ocsampler(NARROW_BUT_PUBLISHED)), folder / "checkpoint")
    return ExportRequest(
        folder / "checkpoint", labels(5), folder / "bundle", focus_frames=3, shift_divisor=8, precision="fp16"
    )


def test_what_a_manifest_says() -> None:
    manifest = manifest_of(full_size("ocsampler", 6))
    assert manifest.name == "ocsampler-k6"
    assert (manifest.sampling.rule, manifest.sampling.counts) == (SamplingRule.SEEDED_SEGMENTS, (10,))
    rules = manifest.preprocessing
    assert (rules.resize, rules.short_side, rules.crop) == (Resize.OPENCV_BILINEAR, 224, 224)
    assert rules.crop_rounding is CropRounding.FLOOR
    assert [255 * value for value in rules.mean] == pytest.approx([123.675, 116.28, 103.53])
    assert [255 * value for value in rules.std] == pytest.approx([58.395, 57.12, 57.375])
    assert (manifest.plan.order, manifest.plan.steps) == (Order.GLANCE_FIRST, 6)
    assert manifest.networks.glance is not None
    assert manifest.networks.glance.unit is UnitKind.VIDEO
    assert manifest.networks.glance.pixels is not None
    assert manifest.networks.glance.pixels.operation is PixelOperation.NEAREST
    assert len(manifest.cost.nominal) == 6
    assert manifest.provenance.options["shift_divisor"] == 10


def test_published_figures_are_those_of_published_sizes() -> None:
    assert [full_size("ocsampler", keep).published for keep in (4, 5, 6, 3)] == [17.5e9, 21.7e9, 25.8e9, None]
    assert small_drafts()["ocsampler"].published is None


def test_a_file_becomes_a_bundle_that_verifies(request_of: ExportRequest) -> None:
    bundle = load_bundle(export_ocsampler(request_of, lambda _: None))
    assert [finding for finding in verify(bundle) if finding.problem] == []
    manifest = bundle.manifest
    assert manifest.precision == "fp16"
    frames = smooth_frames(1, 10, 224)
    store = StraightRun(manifest, bundle.folder, OnnxCpuRuntime(), frames).video(0, Options())
    kept = store.views[0].frames.tolist()
    assert kept == sorted(set(kept))
    assert len(kept) == 3


def test_the_most_probable_first_is_said_in_the_provenance() -> None:
    assert draft(ocsampler(OCSamplerOptions(3, 8, 5, 32, False)), None, 64).options["by_time"] is False


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"focus_frames": None}, ConfigError, "frames to keep with --focus-frames; published: 4, 5, 6"),
        ({"focus_frames": 11}, ConfigError, "11 focus frames are out of range: 1 to 10"),
        ({"shift_divisor": None}, ConfigError, "temporal shift with --shift-divisor; published: 8, 10"),
        ({"shift_divisor": 1}, CheckpointError, "a shift divisor of 1"),
        ({"patch": 96}, ConfigError, "ocsampler has no choice of --patch"),
        ({"frames": 8}, ConfigError, "ocsampler has no choice of --frames"),
        ({"glance_frames": 8}, ConfigError, "ocsampler has no choice of --glance-frames"),
    ],
)
def test_choices_that_do_not_fit(
    request_of: ExportRequest,
    tmp_path: Path,
    change: dict[str, object],
    error: type[Exception],
    message: str,
) -> None:
    asked = replace(request_of, out=tmp_path / "out", **change)  # type: ignore[arg-type]
    with pytest.raises(error, match=message):
        export_ocsampler(asked, lambda _: None)
    assert not (tmp_path / "out").exists()
