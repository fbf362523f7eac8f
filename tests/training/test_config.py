from pathlib import Path

import pytest

from foveate.errors import ConfigError
from training.config import Start, SyntheticData, VideoData, read_config
from training.sizes import TsmSizes
from training.taught import GlanceStage

RECIPES = sorted((Path(__file__).parents[2] / "training" / "recipes").glob("*.toml"))
GOOD = """
out = "run"
cache = "/somewhere/else"
seed = 5
[data]
kind = "synthetic"
train = 10
validation = 5
[[stages]]
kind = "glance"
epochs = 1
rate = 0.1
"""

CLASSIFIER = 'rate = 0.1\n[[stages]]\nkind = "classifier"\nepochs = 1\nrate = 1\nplaces = "middle"'


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.out == tmp_path / "run"
    assert config.cache == Path("/somewhere/else")
    assert config.data == SyntheticData(kind="synthetic", train=10, validation=5)
    assert isinstance(config.stages[0], GlanceStage)
    assert config.stages[0].batch == 16


def test_the_folder_of_videos_is_beside_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "synthetic"\ntrain = 10\nvalidation = 5', 'kind = "videos"\nfolder = "clips"')
    data = read_config(write(tmp_path, text)).data
    assert isinstance(data, VideoData)
    assert (data.folder, data.csv, data.bad) == (tmp_path / "clips", "clips.csv", "refuse")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 5", "sed = 5", "sed"),
        ('kind = "glance"', 'kind = "gaze"', "stages.0"),
        ("epochs = 1", "epochs = -1", "stages.0.glance.epochs"),
        ("train = 10", "train = 0", "data.synthetic.train"),
        ("train = 10", "train = 10\nseed = -1", "data.synthetic.seed"),
        ("seed = 5", "seed = -1", "toml: seed"),
        ("seed = 5", "seed = 1000000000000000000000000000000", "toml: seed"),
        ("seed = 5", "threads = 1000000000000", "toml: threads"),
        ("rate = 0.1", CLASSIFIER, "'policy', 'centre' or 'random'"),
        ("rate = 0.1", "rate = ", "no TOML"),
        ("[data]", 'sizes = { system = "tsn" }\n[data]', "'end_to_end' alone"),
        ("[data]", "sizes = { glance = { width = 0.5 } }\n[data]", "small ResNet-50"),
        ("[data]", 'sizes = { system = "adafocus" }\n[data]', "small ResNet-50"),
        (
            "rate = 0.1",
            'rate = 0.1\n[[stages]]\nkind = "keep"\nepochs = 1\nrate = 1',
            "'adafocus-plus' alone",
        ),
        ("[data]", "sizes = { patch = 0 }\n[data]", "sizes.adafocus-v2.patch"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_config(write(tmp_path, GOOD.replace(old, new)))


def test_a_run_end_to_end_may_be_of_any_system(tmp_path: Path) -> None:
    text = GOOD.replace('"glance"', '"end_to_end"').replace("[data]", "[start]\nfocus = 'f.pth'\n[data]")
    config = read_config(write(tmp_path, text + '[sizes]\nsystem = "tsm"\nframes = 12\n'))
    assert config.end_to_end
    assert config.sizes == TsmSizes(system="tsm", frames=12)
    assert config.start == Start(focus=tmp_path / "f.pth")


def test_what_the_stages_alone_train_is_not_trained_end_to_end(tmp_path: Path) -> None:
    text = GOOD.replace('"glance"', '"end_to_end"') + '[sizes]\nsystem = "adafocus-tsm"\n'
    with pytest.raises(ConfigError, match="does not train adafocus-tsm"):
        read_config(write(tmp_path, text))


def test_choices_are_for_stages_that_draw_them(tmp_path: Path) -> None:
    video = 'kind = "videos"\nfolder = "clips"\nchoices = 3'
    text = GOOD.replace('kind = "synthetic"\ntrain = 10\nvalidation = 5', video)
    with pytest.raises(ConfigError, match="'choices'"):
        read_config(write(tmp_path, text))
    assert read_config(write(tmp_path, text.replace('"glance"', '"end_to_end"'))).end_to_end


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml cannot be read"):
        read_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize("path", RECIPES, ids=[path.name for path in RECIPES])
def test_the_recipes_can_be_read(path: Path) -> None:
    assert read_config(path).stages
