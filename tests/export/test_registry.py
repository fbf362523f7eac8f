from dataclasses import replace
from pathlib import Path

import pytest
import torch

from export.registry import exporter, systems
from export.request import ExportRequest
from foveate.errors import CheckpointError, ConfigError
from models.adafocus_checkpoint import published_layout
from models.adafocus_plus_checkpoint import adafocus_plus_layout
from models.adafocus_tsm_checkpoint import adafocus_tsm_layout
from models.adafocus_v2_checkpoint import adafocus_v2_layout
from models.adafocus_v2_tsm_checkpoint import adafocus_v2_tsm_layout
from models.checkpoint import load_checkpoint
from models.dense import Tsn
from models.identify import likely_system
from models.ocsampler_checkpoint import ocsampler_layout
from models.streams import FocusStream
from models.uni_adafocus_checkpoint import uni_adafocus_layout
from models.uni_adafocus_tsm_checkpoint import uni_adafocus_tsm_layout
from models.uni_adafocus_x3d_checkpoint import uni_adafocus_x3d_layout
from tests.models import small_networks, small_uni
from tests.models.small import small_plus, small_state
from tests.models.test_dense_checkpoint import torchvision_state, tsm_file


def layouts() -> dict[str, dict[str, object]]:
    return {
        "adafocus": published_layout(small_state()),
        "adafocus-plus": adafocus_plus_layout(small_plus(0.5)),
        "adafocus-tsm": adafocus_tsm_layout(small_networks.adafocus_tsm()),
        "adafocus-v2": adafocus_v2_layout(small_networks.adafocus_v2()),
        "adafocus-v2-tsm": adafocus_v2_tsm_layout(small_networks.adafocus_v2_tsm()),
        "ocsampler": ocsampler_layout(small_uni.ocsampler()),
        "uni-adafocus": uni_adafocus_layout(small_uni.uni_adafocus()),
        "uni-adafocus-tsm": uni_adafocus_tsm_layout(small_uni.uni_adafocus_tsm()),
        "uni-adafocus-x3d": uni_adafocus_x3d_layout(small_uni.uni_adafocus_x3d()),
    }


def test_every_system_is_recognised_by_its_title() -> None:
    for name, layout in layouts().items():
        assert likely_system(layout) == systems()[name].title


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("adafocus", "adafocus-v2"),
        ("adafocus", "adafocus-plus"),
        ("adafocus-v2-tsm", "adafocus"),
        ("adafocus-v2", "adafocus-tsm"),
        ("uni-adafocus", "uni-adafocus-tsm"),
        ("uni-adafocus", "uni-adafocus-x3d"),
    ],
)
def test_a_file_of_another_system_names_the_likely_one(tmp_path: Path, asked: str, given: str) -> None:
    torch.save(layouts()[given], tmp_path / "file")
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=48)
    with pytest.raises(CheckpointError, match=f"by its entries it is of .*: use --system {given}$"):
        exporter(asked)(request, lambda _: None)


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(
        ConfigError, match="no system is called nothing; there are: adafocus, adafocus-plus, "
    ):
        exporter("nothing")


def test_a_choice_that_few_systems_have_is_refused_by_the_others(tmp_path: Path) -> None:
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=96, shift_divisor=8)
    with pytest.raises(ConfigError, match="adafocus has no choice of --shift-divisor"):
        exporter("adafocus")(request, lambda _: None)


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ("keep_checkpoint", Path("f")),
        ("keep_threshold", 0.0),
        ("keep_share", 0.5),
        ("keep_probabilities", Path("f")),
    ],
)
def test_only_one_system_drops_frames(tmp_path: Path, choice: str, value: object) -> None:
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=96)
    with pytest.raises(ConfigError, match=f"adafocus has no choice of --{choice.replace('_', '-')}"):
        exporter("adafocus")(replace(request, **{choice: value}), lambda _: None)  # type: ignore[arg-type]
    assert [name for name, system in systems().items() if choice in system.takes] == ["adafocus-plus"]


def test_systems_that_make_frames_smaller_for_a_glance_take_them_of_any_size(tmp_path: Path) -> None:
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=96, crop=448)
    with pytest.raises(ConfigError, match="adafocus-tsm has no choice of --crop"):
        exporter("adafocus-tsm")(request, lambda _: None)
    known = systems()
    crops = [name for name in known if "crop" in known[name].takes]
    assert crops == ["adafocus", "adafocus-plus", "adafocus-v2", "ocsampler"]
    assert [name for name in known if "glance_side" in known[name].takes] == ["ocsampler"]


def test_a_bare_backbone_is_recognised_too(tmp_path: Path) -> None:
    titles = {name: system.title for name, system in systems().items()}
    stream = small_networks.seeded(FocusStream(4, 5, 3))
    tsm_file(tmp_path / "tsm", stream)
    assert likely_system(load_checkpoint(tmp_path / "tsm")) == titles["tsm"]
    assert likely_system(torchvision_state(small_networks.seeded(Tsn(5, base=4)))) == titles["tsn"]
    x3d = {"model_state": {"s1.pathway0_stem.conv.weight": torch.zeros(1)}}
    torch.save(x3d, tmp_path / "x3d")
    assert likely_system(x3d) == titles["x3d"]
    request = ExportRequest(tmp_path / "tsm", ("a",), tmp_path / "out", patch=96)
    with pytest.raises(CheckpointError, match=r"use --system tsm$"):
        exporter("adafocus")(request, lambda _: None)


def test_only_one_system_sees_a_frame_in_several_views(tmp_path: Path) -> None:
    request = ExportRequest(tmp_path / "file", ("a",), tmp_path / "out", patch=96, views=3)
    with pytest.raises(ConfigError, match="uni-adafocus-tsm has no choice of --views"):
        exporter("uni-adafocus-tsm")(request, lambda _: None)
    assert [name for name, system in systems().items() if "views" in system.takes] == ["uni-adafocus-x3d"]
