from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export.ocsampler import draft, export_ocsampler
from export.request import ExportRequest
from export.transform import MEAN, STD
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import (
    CropRounding,
    Form,
    Order,
    PixelOperation,
    Resize,
    SamplingRule,
    UnitKind,
)
from foveate.engine.messages import Options
from foveate.errors import CheckpointError, ConfigError
from foveate.parity.frames import normalised, smooth_frames
from foveate.parity.straight import StraightRun
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.tensorrt.flavour import Flavour
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.ocsampler_checkpoint import ocsampler_layout
from tests.export.conftest import Exported, labels
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of
from tests.models.small_uni import ocsampler
from tests.tensorrt.compiled import assert_compiles


@pytest.fixture
def request_of(tmp_path: Path) -> ExportRequest:
    torch.save(ocsampler_layout(ocsampler()), tmp_path / "checkpoint")
    return ExportRequest(
        tmp_path / "checkpoint", labels(5), tmp_path / "bundle", focus_frames=3, shift_divisor=8
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
    assert draft(OCSampler(OCSamplerSizes(), OCSamplerOptions(6, 10, frames=16)), None).published is None
    assert draft(OCSampler(OCSamplerSizes(), OCSamplerOptions(6, 10)), None, 256).published is None


def test_a_file_becomes_a_bundle_that_verifies(small_ocsampler: Exported, rtx: Flavour) -> None:
    bundle = small_ocsampler.bundle
    assert_compiles(bundle, rtx)
    assert [finding for finding in verify(bundle) if finding.problem] == []
    manifest = bundle.manifest
    assert manifest.provenance.options["by_time"] is False
    assert "the most probable first" in manifest.description
    frames = smooth_frames(1, 10, 224, seed=2)
    store = StraightRun(manifest, bundle.folder, OnnxCpuRuntime(), frames).video(0, Options())
    with torch.no_grad():
        wanted = small_ocsampler.model(torch.from_numpy(normalised(frames, MEAN, STD)))
    ranked = wanted.frame_probs[0].argsort(descending=True)[:3].tolist()
    assert store.views[0].frames.tolist() == ranked
    assert ranked != sorted(ranked)
    np.testing.assert_allclose(store.logits(3)[-1], wanted.logits[0], atol=1e-4)


def test_each_frame_of_a_budget_costs_the_same(small_ocsampler: Exported) -> None:
    manifest = small_ocsampler.bundle.manifest
    assert manifest.networks.focus is not None
    frame = manifest.networks.focus.forms[Form.WHOLE].multiply_adds
    frame += manifest.networks.classifier.forms[Form.STEP].multiply_adds
    first, second, third = manifest.cost.nominal
    assert second - first == third - second == frame


def test_the_published_order_is_said_to_be_another() -> None:
    made = draft(ocsampler(OCSamplerOptions(3, 8, 5, 32)), None, 64)
    assert made.options["by_time"] is True
    assert "the most probable first" not in made.description


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"focus_frames": None}, ConfigError, "frames to keep with --focus-frames; published: 4, 5, 6"),
        ({"focus_frames": 11}, ConfigError, "11 focus frames are out of range: 1 to 10"),
        ({"shift_divisor": None}, ConfigError, "temporal shift with --shift-divisor; published: 8, 10"),
        ({"shift_divisor": 1}, CheckpointError, "a shift divisor of 1"),
        ({"patch": 96}, ConfigError, "ocsampler has no choice of --patch"),
        ({"frames": 2}, ConfigError, "3 focus frames are out of range: 1 to 2"),
        ({"frames": 257}, ConfigError, "257 frames are out of range: 1 to 256"),
        ({"crop": 2000}, ConfigError, "2000 pixels along a frame are out of range: 1 to 1024"),
        ({"glance_side": 225}, ConfigError, "225 pixels along a glance are out of range: 1 to 224"),
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
