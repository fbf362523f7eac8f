"""Every recipe can be read, names a published network, and has the published numbers."""

from pathlib import Path

import pytest
import torch

from models.adafocus_v2 import AdaFocusV2Sizes
from models.adafocus_v2_policy import PlacePolicySizes
from models.adafocus_v2_tsm import AdaFocusV2TsmSizes
from models.map_encoder import EncoderSizes
from models.uni_adafocus import UniAdaFocusSizes
from models.uni_adafocus_tsm import UniAdaFocusTsmSizes
from models.uni_adafocus_x3d import UniAdaFocusX3dSizes
from models.x3d import X3DSizes
from tests.conftest import REPOSITORY
from training.build import build
from training.config import TrainConfig, VideoData, read_config
from training.end_to_end.config import EndToEndStage
from training.end_to_end.published import settings_of
from training.frame_lists import frame_lists

FOLDER = REPOSITORY / "training" / "recipes"
PUBLISHED: dict[str, tuple[int, object, tuple[float, ...]]] = {
    # Classes, sizes of the network, and rate, batch, epochs, weight decay, largest gradient.
    "adafocus-v2": (200, AdaFocusV2Sizes(auxiliary=True), (0.002, 32, 50, 1e-4, 0)),
    "adafocus-v2-res50": (
        200,
        AdaFocusV2Sizes(64, PlacePolicySizes(EncoderSizes(2048, 3, 64, 2048)), auxiliary=True),
        (0.002, 32, 50, 1e-4, 0),
    ),
    "adafocus-v2-tsm": (174, AdaFocusV2TsmSizes(auxiliary=True), (0.01, 32, 50, 5e-4, 20)),
    "uni-adafocus": (200, UniAdaFocusSizes(auxiliary=True), (0.002, 32, 50, 2e-4, 0)),
    "uni-adafocus-tsm": (174, UniAdaFocusTsmSizes(auxiliary=True), (0.02, 64, 50, 1e-3, 20)),
    "uni-adafocus-x3d": (400, UniAdaFocusX3dSizes(auxiliary=True), (0.005, 64, 50, 5e-5, 20)),
    "tsn": (200, None, (0.01, 64, 15, 1e-4, 20)),
    "tsm": (174, None, (0.01, 64, 50, 1e-4, 20)),
    "x3d": (400, X3DSizes(), (0.005, 64, 50, 5e-5, 0)),
}
SAID = {
    "dropout",
    "glance_factor",
    "policy_factor",
    "focus_factor",
    "classifier_factor",
    "clip",
    "size_weight",
}
WHOLE = [path.stem for path in sorted(FOLDER.glob("*.toml")) if "end_to_end" in path.read_text("utf-8")]


def recipe(name: str) -> tuple[TrainConfig, EndToEndStage]:
    config = read_config(FOLDER / f"{name}.toml")
    (stage,) = config.stages
    assert isinstance(stage, EndToEndStage)
    return config, stage


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_can_be_read(path: Path) -> None:
    assert read_config(path).stages


def test_there_is_one_for_each_published_system() -> None:
    assert set(WHOLE) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_network_and_numbers_are_the_published_ones(name: str) -> None:
    config, stage = recipe(name)
    classes, sizes, numbers = PUBLISHED[name]
    with torch.device("meta"):
        network = build(config.sizes, classes)
    assert getattr(network, "sizes", None) == sizes
    settings = settings_of(stage, network)
    assert (stage.rate, stage.batch, stage.epochs, stage.decay, settings.clip) == numbers
    silent = stage.model_copy(update=dict.fromkeys(EndToEndStage.model_fields.keys() & SAID))
    assert settings_of(silent, network) == settings


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_it_says_of_the_cache_is_true(name: str) -> None:
    config, _ = recipe(name)
    assert isinstance(config.data, VideoData)
    lists = frame_lists(config.sizes)
    megabytes = lists.frames * config.data.choices * lists.short_side**2 * 3 / 1e6
    said = f"{megabytes:.0f} MB" if megabytes >= 20 else f"{megabytes:.1f} MB"
    assert f"256 x 256 pixels, {said} a video" in (FOLDER / f"{name}.toml").read_text("utf-8")


def test_where_left_and_right_matter_nothing_is_mirrored() -> None:
    mirrored = {name for name in PUBLISHED if recipe(name)[1].flip}
    assert mirrored == set(PUBLISHED) - {"adafocus-v2-tsm", "uni-adafocus-tsm", "tsm"}
