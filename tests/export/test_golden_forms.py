from pathlib import Path

import numpy as np
import pytest
import torch

from export.golden import GoldenSet, load_golden


def small_set(spec: dict[str, object], arrays: dict[str, np.ndarray] | None = None) -> GoldenSet:
    def fill(name: str, shape: list[int]) -> np.ndarray:
        return np.full(shape, len(name), np.float32)

    def draw(seed: int, shape: list[int]) -> np.ndarray:
        return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)

    return GoldenSet(dict(spec), arrays or {}, fill, draw)


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("x/255, then minus (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225)", 1),
        ("float32(x) - (123.675, 116.28, 103.53), times 1/(58.395, 57.12, 57.375)", 255),
    ],
)
def test_preprocessing_told_in_words(text: str, scale: int) -> None:
    golden = small_set({"preprocessing": text, "input": {"seed": 1, "shape": [1, 2, 4, 5, 3]}})
    pixels = golden.pixels().astype(np.float64) / 255 * scale
    mean, std = np.array([0.485, 0.456, 0.406]) * scale, np.array([0.229, 0.224, 0.225]) * scale
    wanted = ((pixels - mean) / std).transpose(0, 1, 4, 2, 3)
    assert golden.frames().dtype is torch.float32
    assert np.abs(golden.frames().numpy() - wanted).max() < 1e-5
    assert torch.equal(golden.frames([1]), golden.frames()[:, [1]])


def test_a_layout_that_names_its_keys() -> None:
    golden = small_set(
        {
            "state_dict": [{"name": "a.weight", "shape": [2]}],
            "checkpoint_layout": {
                "top": ["epoch", "arch", "state_dict", "optimizer", "best_acc1", "scaler", "meta"],
                "prefix": "module.",
            },
        }
    )
    content = golden.checkpoint()
    assert content["state_dict"].keys() == {"module.a.weight"}
    assert content["epoch"] == 49
    assert content["arch"] == "resnet50"
    assert content["meta"]["epoch"] == 50
    assert isinstance(content["best_acc1"], torch.Tensor)
    assert "param_groups" in content["optimizer"]
    assert "scale" in content["scaler"]


def test_statistics_of_a_whole_array() -> None:
    value = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    whole = value.astype(np.float64)
    stored = np.array([whole.mean(), whole.std(), whole.min(), whole.max()])
    golden = small_set({"arrays": {"x": {"stored": "stat", "atol": 1e-6}}}, {"x": stored})
    assert golden.error("x", value) < 1e-12
    assert golden.error("x", value + 1) == pytest.approx(1)


@pytest.mark.parametrize(
    "name", ["uni-adafocus-p128", "uni-adafocus-tsm-p128", "uni-adafocus-x3d-p128", "ocsampler-anet-k6"]
)
def test_the_text_of_every_set_is_understood(shared: Path, name: str) -> None:
    golden = load_golden(shared / "golden", name)
    frame = np.zeros((1, 2, 2, 3), np.uint8)
    black = golden.normalise(frame)[0, :, 0, 0].numpy()
    assert black == pytest.approx([-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225], abs=1e-5)


def test_entries_are_named_as_the_layout_says() -> None:
    told = "every entry below, its name preceded by module."
    golden = small_set(
        {
            "state_dict": [{"name": "a.weight", "shape": [2]}],
            "checkpoint_layout": {"keys": {"state_dict": told, "model": "every entry below by its name"}},
        }
    )
    content = golden.checkpoint()
    assert content["state_dict"].keys() == {"module.a.weight"}
    assert content["model"].keys() == {"a.weight"}
