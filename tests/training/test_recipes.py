"""Every recipe can be read, names a published network, and has the published numbers."""

from pathlib import Path

import pytest
import torch

from models.adafocus import AdaFocusSizes
from models.adafocus_tsm import AdaFocusTsmSizes
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
from training.config import KeepStage, PolicyStage, RandomStage, TrainConfig, VideoData, read_config
from training.end_to_end.config import EndToEndStage
from training.end_to_end.published import settings_of
from training.frame_lists import frame_lists
from training.part import Augmented

FOLDER = REPOSITORY / "training" / "recipes"
PUBLISHED: dict[str, tuple[int, object, tuple[float, int, int, float, float]]] = {
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
STAGES: dict[str, tuple[int, object, list[tuple[object, ...]]]] = {
    # Classes, sizes of the network, and of each stage kind, rate, batch, epochs.
    "adafocus": (
        200,
        AdaFocusSizes(),
        [
            ("whole", 0.01, 64, 15),
            ("whole", 0.01, 64, 15),
            ("random", 0.05, 64, 50),
            ("policy", 3e-4, 64, 50),
            ("classifier", 5e-3, 64, 10),
        ],
    ),
    "adafocus-tsm": (
        174,
        AdaFocusTsmSizes(),
        [
            ("whole", 0.01, 64, 50),
            ("whole", 0.01, 64, 50),
            ("random", 0.01, 64, 10),
            ("policy", 3e-4, 64, 50),
            ("classifier", 5e-4, 32, 10),
        ],
    ),
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


@pytest.mark.parametrize("name", STAGES)
def test_the_stages_of_the_originals_are_the_published_ones(name: str) -> None:
    config = read_config(FOLDER / f"{name}.toml")
    classes, sizes, stages = STAGES[name]
    with torch.device("meta"):
        network = build(config.sizes, classes)
    assert getattr(network, "sizes", None) == sizes
    assert [(stage.kind, stage.rate, stage.batch, stage.epochs) for stage in config.stages] == stages
    acting = next(stage for stage in config.stages if isinstance(stage, PolicyStage))
    assert (acting.gamma, acting.ratio_clip, acting.value, acting.entropy) == (0.7, 0.2, 0.5, 0.01)
    assert (acting.spread, acting.last_spread, acting.passes, acting.reward) == (0.25, 0.25, 1, "gain")
    trained = next(stage for stage in config.stages if isinstance(stage, RandomStage))
    assert trained.focus_rate == {"adafocus": 5e-4, "adafocus-tsm": 1e-5}[name]


@pytest.mark.parametrize("name", ["adafocus-plus"])
def test_dropping_frames_comes_after_all_else(name: str) -> None:
    before, after = (read_config(FOLDER / f"{part}.toml").stages for part in ("adafocus", name))
    assert after[:-1] == before
    assert isinstance(after[-1], KeepStage)


@pytest.mark.parametrize("name", [*PUBLISHED, *STAGES, "adafocus-plus"])
def test_what_it_says_of_the_cache_is_true(name: str) -> None:
    config = read_config(FOLDER / f"{name}.toml")
    assert isinstance(config.data, VideoData)
    lists = frame_lists(config.sizes)
    megabytes = lists.frames * config.data.choices * lists.short_side**2 * 3 / 1e6
    said = f"{megabytes:.0f} MB" if megabytes >= 20 else f"{megabytes:.1f} MB"
    assert f"256 x 256 pixels, {said} a video" in (FOLDER / f"{name}.toml").read_text("utf-8")


def test_where_left_and_right_matter_nothing_is_mirrored() -> None:
    mirrored = {name for name in PUBLISHED if recipe(name)[1].flip}
    assert mirrored == set(PUBLISHED) - {"adafocus-v2-tsm", "uni-adafocus-tsm", "tsm"}
    staged = read_config(FOLDER / "adafocus-tsm.toml").stages
    assert not any(isinstance(stage, Augmented) and stage.flip for stage in staged)
