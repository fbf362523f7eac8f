import numpy as np
import pytest
import torch

from foveate.bundle.manifest import Pixels
from foveate.bundle.vocabulary import PixelOperation
from foveate.device.pixels import Look, affine_of, check_rectangles, look_on_host
from foveate.errors import ExecutionError
from foveate.pixels.normalise import Normaliser

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CUT = Pixels(operation=PixelOperation.CUT, height=4, width=6)


def test_one_multiplication_and_one_addition_normalise() -> None:
    scale, bias = np.array(affine_of(MEAN, STD))[..., None]
    found = np.arange(256) * scale + bias
    np.testing.assert_allclose(found, Normaliser.of(MEAN, STD).table, atol=1e-6)


@pytest.mark.parametrize(
    "rectangle", [[0.5, 0, 4, 6], [0, 0, 4, 5], [13, 0, 4, 6], [-1, 0, 4, 6], [0, 11, 4, 6]]
)
def test_a_cut_that_cannot_be_cut_is_refused(rectangle: list[float]) -> None:
    rectangles = np.array([[12, 10, 4, 6], rectangle], np.float32)
    check_rectangles(rectangles[:1], CUT, 16)
    with pytest.raises(ExecutionError, match="no whole 4 x 6 patch lies at"):
        check_rectangles(rectangles, CUT, 16)
    bilinear = CUT.model_copy(update={"operation": PixelOperation.BILINEAR})
    check_rectangles(rectangles, bilinear, 16)
    rectangles[1, 2] = np.inf
    with pytest.raises(ExecutionError, match="not a number"):
        check_rectangles(rectangles, bilinear, 16)


def test_slots_and_rectangles_are_gathered() -> None:
    frames = torch.arange(3, dtype=torch.uint8)[:, None, None, None].repeat(1, 16, 16, 3)
    rectangles = torch.tensor([[9.0, 9, 4, 6], [0, 0, 4, 6]])
    out = torch.empty(2, 3, 4, 6, dtype=torch.float16)
    look: Look = look_on_host
    affine = torch.tensor([[1.0, 1, 1], [0, 0, 0]])
    look(frames, torch.tensor([2, 1]), rectangles, torch.tensor([1, 0]), CUT, affine, out)
    assert out[:, 0, 0, 0].tolist() == [2, 1]
