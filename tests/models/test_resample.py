import numpy as np
import torch
from torch.nn import functional

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look
from models.resample import rectangles, resample

BOXES = torch.tensor(
    [[0.0, 0.0, 40.0, 40.0], [3.25, 1.5, 20.0, 38.5], [0.0, 16.0, 24.0, 24.0], [11.1, 7.7, 21.3, 30.2]]
)


def frames_of(count: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (count, 40, 40, 3), np.uint8)


def test_rectangles_of_actions() -> None:
    actions = torch.tensor([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.5], [0.5, 0.25, 1.0, 0.5]])
    wanted = [[0, 0, 96, 96], [128, 64, 96, 160], [0, 16, 224, 160]]
    assert rectangles(actions, 224, 96).tolist() == wanted


def test_as_an_affine_grid_has_it() -> None:
    frames = torch.randn(4, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    y, x, height, width = BOXES.unbind(1)
    matrix = torch.zeros(4, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 2] = width / 40, (2 * x + width) / 40 - 1
    matrix[:, 1, 1], matrix[:, 1, 2] = height / 40, (2 * y + height) / 40 - 1
    grid = functional.affine_grid(matrix, [4, 3, 16, 16], align_corners=False)
    wanted = functional.grid_sample(frames, grid, align_corners=False)
    torch.testing.assert_close(resample(frames, BOXES, 16), wanted, rtol=0, atol=1e-4)


def test_as_the_engine_has_it() -> None:
    frames = frames_of(4)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    out = np.empty((4, 3, 48, 48), np.float32)
    pixels = Pixels(operation=PixelOperation.BILINEAR, height=48, width=48)
    look(list(frames), BOXES.numpy(), pixels, Normaliser.of(mean, std), out)
    normal = (frames.astype(np.float32) / 255 - np.array(mean, np.float32)) / np.array(std, np.float32)
    mine = resample(torch.from_numpy(normal).permute(0, 3, 1, 2), BOXES, 48)
    assert np.abs(mine.numpy() - out).max() < 1e-4


def test_a_whole_frame_of_its_own_size_is_itself() -> None:
    frames = torch.randn(1, 3, 40, 40)
    assert torch.equal(resample(frames, BOXES[:1], 40), frames)
