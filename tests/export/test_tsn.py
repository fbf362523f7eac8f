from dataclasses import replace
from pathlib import Path

import pytest
import torch

from export.request import ExportRequest
from export.tsn import export_tsn
from foveate.bundle.load import load_bundle
from foveate.bundle.verify import verify
from foveate.errors import CheckpointError, ConfigError
from foveate.tensorrt.flavour import Flavour
from models.dense import Tsn
from models.streams import FocusStream
from tests.export.conftest import labels
from tests.models.small_networks import seeded
from tests.models.test_dense_checkpoint import torchvision_state, tsm_file
from tests.tensorrt.compiled import assert_compiles


@pytest.fixture
def request_of(tmp_path: Path) -> ExportRequest:
    torch.save(torchvision_state(seeded(Tsn(5, base=4))), tmp_path / "checkpoint")
    return ExportRequest(tmp_path / "checkpoint", labels(5), tmp_path / "out", frames=2)


def test_a_file_with_torchvisions_names_becomes_a_bundle(request_of: ExportRequest, rtx: Flavour) -> None:
    bundle = load_bundle(export_tsn(request_of, lambda _: None))
    assert_compiles(bundle, rtx)
    assert [finding for finding in verify(bundle) if finding.problem] == []
    assert bundle.manifest.name == "tsn-2"
    assert bundle.manifest.cost.dense < bundle.manifest.cost.nominal[0]
    assert bundle.manifest.provenance.checkpoint_sha256 is not None


def test_a_file_of_the_tsm_project_is_read_by_its_own_names(request_of: ExportRequest) -> None:
    tsm_file(request_of.checkpoint, seeded(FocusStream(4, 5, 8)))
    with pytest.raises(CheckpointError, match="trained with the temporal shift; it is no TSN"):
        export_tsn(request_of, lambda _: None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 96}, "tsn has no choice of --patch"),
        ({"glance_frames": 8}, "tsn has no choice of --glance-frames"),
        ({"focus_frames": 8}, "tsn has no choice of --focus-frames"),
        ({"frames": 0}, "0 frames are out of range"),
    ],
)
def test_choices_that_do_not_fit(request_of: ExportRequest, change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        export_tsn(replace(request_of, **change), lambda _: None)  # type: ignore[arg-type]
    assert not request_of.out.exists()
