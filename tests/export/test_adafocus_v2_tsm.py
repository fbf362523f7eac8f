from dataclasses import replace
from pathlib import Path

import pytest
import torch

from export.adafocus_v2_tsm import export_adafocus_v2_tsm
from export.request import ExportRequest
from foveate.bundle.vocabulary import PixelOperation, UnitKind
from foveate.errors import CheckpointError, ConfigError
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout
from tests.export.conftest import labels
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of
from tests.models.small_networks import adafocus_v2_tsm


def test_what_a_manifest_says() -> None:
    manifest = manifest_of(small_drafts()["v2 tsm"])
    assert manifest.name == "adafocus-v2-tsm-p40"
    assert manifest.sampling.counts == (4, 6)
    assert manifest.networks.policy is not None
    assert manifest.networks.policy.unit is UnitKind.VIDEO
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.pixels is not None
    assert manifest.networks.focus.pixels.operation is PixelOperation.BILINEAR


def test_published_figures_are_those_of_published_sizes() -> None:
    found = [full_size("v2 tsm", patch).published for patch in (128, 144, 160, 176, 96)]
    assert found == [18.5e9, 23.5e9, 27.5e9, 33.7e9, None]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"patch": None}, ConfigError, "published: 128, 144, 160, 176"),
        ({"patch": 80}, CheckpointError, "a patch side of 80 does not lie between 32 and 64"),
        ({"frames": 8}, ConfigError, "adafocus-v2-tsm has no choice of --frames"),
        ({"glance_frames": 5}, ConfigError, "for 4 glance frames"),
        ({"focus_frames": 257}, ConfigError, "257 focus frames are out of range"),
    ],
)
def test_choices_that_do_not_fit(
    tmp_path: Path, change: dict[str, object], error: type[Exception], message: str
) -> None:
    torch.save(adafocus_v2_tsm_layout(adafocus_v2_tsm()), tmp_path / "checkpoint")
    request = ExportRequest(tmp_path / "checkpoint", labels(5), tmp_path / "out", patch=40)
    with pytest.raises(error, match=message):
        export_adafocus_v2_tsm(replace(request, **change), lambda _: None)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
