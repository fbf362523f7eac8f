from pathlib import Path

import pytest
import torch

from export.registry import exporter, systems
from export.request import ExportRequest
from foveate.errors import CheckpointError, ConfigError
from models.adafocus_checkpoint import published_layout
from models.adafocus_tsm_checkpoint import adafocus_tsm_layout
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout
from models.identify import likely_system
from tests.models import small_networks
from tests.models.small import small_state


def layouts() -> dict[str, dict[str, object]]:
    return {
        "adafocus": published_layout(small_state()),
        "adafocus-tsm": adafocus_tsm_layout(small_networks.adafocus_tsm()),
        "adafocus-v2": adafocus_v2_layout(small_networks.adafocus_v2()),
        "adafocus-v2-tsm": adafocus_v2_tsm_layout(small_networks.adafocus_v2_tsm()),
    }


def test_every_system_is_recognised_by_its_title() -> None:
    for name, layout in layouts().items():
        assert likely_system(layout) == systems()[name].title


@pytest.mark.parametrize(
    ("asked", "given"),
    [("adafocus", "adafocus-v2"), ("adafocus-v2-tsm", "adafocus"), ("adafocus-v2", "adafocus-tsm")],
)
def test_a_file_of_another_system_names_the_likely_one(tmp_path: Path, asked: str, given: str) -> None:
    torch.save(layouts()[given], tmp_path / "file")
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=48)
    with pytest.raises(CheckpointError, match=f"by its entries it is of .*: use --system {given}$"):
        exporter(asked)(request, lambda _: None)


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="no system is called nothing; there are: adafocus, adafocus-tsm, "):
        exporter("nothing")
