from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from export.request import ExportRequest
from export.x3d import export_x3d, seen_at
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.bundle.vocabulary import PixelOperation, SamplingRule
from foveate.errors import ConfigError
from foveate.tensorrt.flavour import Flavour
from models.x3d import X3D
from tests.export.conftest import labels
from tests.export.whole_frame_drafts import SMALL_X3D
from tests.models.small_networks import noise, seeded
from tests.tensorrt.compiled import assert_compiles


@pytest.fixture
def request_of(tmp_path: Path) -> ExportRequest:
    torch.save({"model_state": seeded(X3D(SMALL_X3D)).state_dict()}, tmp_path / "checkpoint")
    out = tmp_path / "out"
    return ExportRequest(tmp_path / "checkpoint", labels(5), out, patch=64, frames=2, precision="fp16")


def test_a_file_of_slowfast_becomes_a_bundle(request_of: ExportRequest, rtx: Flavour) -> None:
    bundle = load_bundle(export_x3d(request_of, lambda _: None))
    assert_compiles(bundle, rtx)
    assert [finding for finding in verify(bundle) if finding.problem] == []
    manifest = bundle.manifest
    assert (manifest.name, manifest.sampling.rule) == ("x3d-2", SamplingRule.SEGMENT_MIDDLES)
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.pixels is not None
    assert manifest.networks.focus.pixels.operation is PixelOperation.BILINEAR
    assert manifest.provenance.options == {"frames": 2, "side": 64}


def test_frames_are_made_smaller_by_bilinear_interpolation() -> None:
    frames = noise(1, 2, 3, 56, 56)
    wanted = functional.interpolate(frames[0], (40, 40), mode="bilinear", align_corners=False)
    torch.testing.assert_close(seen_at(frames, 40)[0], wanted, rtol=0, atol=1e-5)
    assert seen_at(frames, 56) is frames


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": None}, "whole frame is seen at with --patch; published: 128, 160, 224"),
        ({"patch": 225}, "a side of 225 does not lie between 32 and 224"),
        ({"frames": None}, "training with --frames; published: 16, 32"),
        ({"frames": 257}, "257 frames are out of range"),
        ({"glance_frames": 8}, "x3d has no choice of --glance-frames"),
        ({"focus_frames": 8}, "x3d has no choice of --focus-frames"),
    ],
)
def test_choices_that_do_not_fit(request_of: ExportRequest, change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        export_x3d(replace(request_of, **change), lambda _: None)  # type: ignore[arg-type]
    assert not request_of.out.exists()
