"""The recipe names the published network and has the published numbers of the published stage."""

import torch

from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from tests.conftest import REPOSITORY
from training.build import build
from training.config import VideoData, read_config
from training.frame_lists import frame_lists
from training.ocsampler.config import ChoiceStage

PATH = REPOSITORY / "training" / "recipes" / "ocsampler.toml"


def test_network_and_numbers_are_the_published_ones() -> None:
    config = read_config(PATH)
    with torch.device("meta"):
        network = build(config.sizes, 200)
    assert isinstance(network, OCSampler)
    assert network.sizes == OCSamplerSizes()
    assert network.options == OCSamplerOptions(keep=6, divisor=10, by_time=False)
    assert [stage.kind for stage in config.stages] == ["subsets", "skim", "choice"]
    assert config.stages[-1] == ChoiceStage(kind="choice")


def test_what_it_says_of_the_cache_is_true() -> None:
    config = read_config(PATH)
    assert isinstance(config.data, VideoData)
    assert config.data.choices == 3
    lists = frame_lists(config.sizes)
    kept = lists.preprocessing(lists.short_side)
    assert (kept.short_side, kept.crop) == (256, 256)
    assert f"{lists.frames * 3 * kept.crop**2 * 3 / 1e6:.1f} MB a video" in PATH.read_text("utf-8")
