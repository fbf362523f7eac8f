"""Every form of the pixel operation is held to the same plain formula, and to the published numbers."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.nn import functional

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.errors import ExecutionError
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORMALISER = Normaliser.of(MEAN, STD)


def seen(
    frames: NDArray[np.uint8], rectangles: list[list[float]], operation: str, height: int, width: int
) -> NDArray[np.float32]:
    pixels = Pixels(operation=PixelOperation(operation), height=height, width=width)
    out = np.full((len(frames), 3, height, width), np.nan, np.float32)
    look(list(frames), np.array(rectangles, np.float32), pixels, NORMALISER, out)
    return out


def noise(count: int, height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, height, width, 3), np.uint8)


def plain(frame: NDArray[np.uint8], places_y: list[float], places_x: list[float]) -> NDArray[np.float64]:
    """2 x 2 interpolation, one output pixel at a time, zeros outside."""
    image = (frame.astype(np.float64) / 255 - MEAN) / STD
    out = np.zeros((3, len(places_y), len(places_x)))
    for i, y in enumerate(places_y):
        for j, x in enumerate(places_x):
            for row in (int(np.floor(y)), int(np.floor(y)) + 1):
                for column in (int(np.floor(x)), int(np.floor(x)) + 1):
                    if 0 <= row < frame.shape[0] and 0 <= column < frame.shape[1]:
                        weight = (1 - abs(y - row)) * (1 - abs(x - column))
                        out[:, i, j] += weight * image[row, column]
    return out


def test_a_cut_is_the_pixels_themselves() -> None:
    frames = noise(2, 20, 30)
    found = seen(frames, [[3, 5, 8, 6], [0, 24, 8, 6]], "cut", 8, 6)
    wanted = (frames[0, 3:11, 5:11].astype(np.float64) / 255 - MEAN) / STD
    np.testing.assert_allclose(found[0], wanted.transpose(2, 0, 1), atol=1e-6)
    wanted = (frames[1, 0:8, 24:30].astype(np.float64) / 255 - MEAN) / STD
    np.testing.assert_allclose(found[1], wanted.transpose(2, 0, 1), atol=1e-6)


@pytest.mark.parametrize(
    "rectangle",
    [
        [0.5, 0, 8, 6],
        [0, 0, 8.5, 6],
        [0, 0, 9, 6],
        [13, 0, 8, 6],
        [-1, 0, 8, 6],
        [0, 25, 8, 6],
    ],
)
def test_a_cut_that_cannot_be_cut_is_refused(rectangle: list[float]) -> None:
    with pytest.raises(ExecutionError, match="no whole 8 x 6 patch lies at"):
        seen(noise(1, 20, 30), [rectangle], "cut", 8, 6)


@pytest.mark.parametrize("operation", ["cut", "bilinear", "bilinear-aligned", "nearest"])
def test_a_rectangle_that_is_no_number_is_refused(operation: str) -> None:
    with pytest.raises(ExecutionError, match="not a number"):
        seen(noise(1, 20, 30), [[0, np.nan, 8, 6]], operation, 8, 6)


@settings(max_examples=40, deadline=None)
@given(
    y=st.floats(-3, 15),
    x=st.floats(-3, 15),
    height=st.floats(2, 24),
    width=st.floats(2, 24),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_bilinear_is_the_plain_formula(
    y: float, x: float, height: float, width: float, size: tuple[int, int]
) -> None:
    frame = noise(1, 16, 18)[0]
    y, x, height, width = (float(np.float32(v)) for v in (y, x, height, width))
    rows = [y + (i + 0.5) * height / size[0] - 0.5 for i in range(size[0])]
    columns = [x + (j + 0.5) * width / size[1] - 0.5 for j in range(size[1])]
    found = seen(frame[None], [[y, x, height, width]], "bilinear", *size)[0]
    np.testing.assert_allclose(found, plain(frame, rows, columns), atol=2e-5)


def test_bilinear_aligned_reads_both_ends() -> None:
    frame = noise(1, 16, 18)[0]
    rows, columns = list(np.linspace(0, 15, 7)), list(np.linspace(0, 17, 5))
    found = seen(frame[None], [[0, 0, 16, 18]], "bilinear-aligned", 7, 5)[0]
    np.testing.assert_allclose(found, plain(frame, rows, columns), atol=2e-5)


def test_nearest_floors() -> None:
    frame = noise(1, 14, 21)[0]
    rows = [i * 14 // 8 for i in range(8)]
    columns = [j * 21 // 9 for j in range(9)]
    found = seen(frame[None], [[0, 0, 14, 21]], "nearest", 8, 9)[0]
    wanted = (frame[rows][:, columns].astype(np.float64) / 255 - MEAN) / STD
    np.testing.assert_allclose(found, wanted.transpose(2, 0, 1), atol=1e-6)


@pytest.mark.parametrize("operation", ["cut", "bilinear", "bilinear-aligned", "nearest"])
def test_all_forms_agree_on_a_whole_rectangle_of_the_inputs_size(operation: str) -> None:
    frames = noise(3, 16, 18)
    rectangles = [[2.0, 3.0, 9.0, 11.0], [7.0, 7.0, 9.0, 11.0], [0.0, 0.0, 9.0, 11.0]]
    found = seen(frames, rectangles, operation, 9, 11)
    np.testing.assert_allclose(found, seen(frames, rectangles, "cut", 9, 11), atol=1e-6)


def test_bilinear_is_torchs_grid_sample() -> None:
    torch = pytest.importorskip("torch")
    frame = noise(1, 32, 32)[0]
    y, x, height, width, size = 5.25, 11.5, 25.75, 20.5, 16
    image = torch.from_numpy(((frame / 255.0 - MEAN) / STD).transpose(2, 0, 1)[None])
    grid_y = ((torch.arange(size) + 0.5) * height / size + y) / 32 * 2 - 1
    grid_x = ((torch.arange(size) + 0.5) * width / size + x) / 32 * 2 - 1
    grid = torch.stack(torch.meshgrid(grid_y, grid_x, indexing="ij")[::-1], -1)[None].double()
    wanted = torch.nn.functional.grid_sample(image, grid, align_corners=False)[0].numpy()
    found = seen(frame[None], [[y, x, height, width]], "bilinear", size, size)[0]
    np.testing.assert_allclose(found, wanted, atol=2e-5)


class Golden:
    """One golden set: its numbers and its frames."""

    def __init__(self, folder: Path, name: str) -> None:
        self.spec: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
        self.arrays = np.load(folder / f"{name}.npz")
        found = importlib.util.spec_from_file_location("fill", folder / "fill.py")
        assert found is not None
        assert found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        self.frames = module.frames(self.spec["input"]["seed"], self.spec["input"]["shape"])

    def check(self, name: str, found: NDArray[np.float32]) -> None:
        np.testing.assert_allclose(found, self.arrays[name], atol=self.spec["arrays"][name]["atol"], rtol=0)


@pytest.mark.parametrize("name", ["adafocus-v2-mbv2-p128", "adafocus-v2-res50-p96"])
def test_published_fractional_patches(shared: Path, name: str) -> None:
    golden = Golden(shared / "golden", name)
    side = golden.spec["config"]["patch_size"]
    patches = np.empty((2, 16, 3, side // 16, side // 16), np.float32)
    for video in range(2):
        frames = golden.frames[video][golden.arrays["order"]]
        rectangles = [[*corner, side, side] for corner in golden.arrays["corners"][video].tolist()]
        patches[video] = seen(frames, rectangles, "bilinear", side, side)[..., ::16, ::16]
    golden.check("patches", patches)


def test_published_glance_at_96(shared: Path) -> None:
    golden = Golden(shared / "golden", "adafocus-v2-res50-p96")
    frames = golden.frames[:, golden.arrays["order"]].reshape(-1, 224, 224, 3)
    found = seen(frames, [[0, 0, 224, 224]] * len(frames), "bilinear-aligned", 96, 96)
    golden.check("glance_input", found.reshape(2, 16, 3, 96, 96)[..., ::32, ::32])


def test_published_patches_of_any_height_and_width(shared: Path) -> None:
    golden = Golden(shared / "golden", "uni-adafocus-p128")
    chosen = golden.arrays["sampled_frames"].reshape(-1)[:48]
    for video in range(2):
        frames = golden.frames[video][chosen][golden.arrays["focus_index"][video]]
        rectangles = golden.arrays["focus_rect_yxhw"][video].tolist()
        found = seen(frames, rectangles, "bilinear", 128, 128)[::5, :, 3::16, 5::16]
        wanted = golden.arrays["patch_sample"][video]
        np.testing.assert_allclose(found, wanted, atol=golden.spec["arrays"]["patch_sample"]["atol"], rtol=0)


def test_published_glance_at_160(shared: Path) -> None:
    golden = Golden(shared / "golden", "uni-adafocus-x3d-p128")
    frames = golden.frames[:, golden.arrays["glance_frames"].reshape(-1)[:16]]
    found = np.stack([seen(f, [[0, 0, 224, 224]] * 16, "bilinear", 160, 160) for f in frames])
    golden.check("glance_input_sample", found[:, ::5, :, 3::16, 5::16])


def test_published_nearest_at_128(shared: Path) -> None:
    golden = Golden(shared / "golden", "ocsampler-anet-k6")
    frames = golden.frames[:, golden.arrays["sampled_frames"].reshape(-1)[:10]]
    found = np.stack([seen(f, [[0, 0, 224, 224]] * 10, "nearest", 128, 128) for f in frames])
    golden.check("sampler_input_sample", found[:, ::3, :, 3::16, 5::16])


@pytest.mark.parametrize("count", [48, 96, 160, 184, 192])
def test_nearest_reads_the_lines_that_torch_reads(count: int) -> None:
    """Reckoned in float64, some lines of these sizes would be one further."""
    line = np.arange(224, dtype=np.float32)
    wanted = functional.interpolate(torch.from_numpy(line)[None, None], count, mode="nearest")[0, 0]
    frame = np.broadcast_to(line.astype(np.uint8)[:, None, None], (224, 3, 3))
    found = seen(frame[None], [[0, 0, 224, 3]], "nearest", count, 3)[0, 0, :, 0]
    rows = np.rint((found * STD[0] + MEAN[0]) * 255)
    np.testing.assert_array_equal(rows, wanted.numpy())
