import torch
from torch.nn import functional

from models.interpolate import interpolate
from tests.models.small_networks import noise


def test_whole_corners_are_plain_cuts() -> None:
    frames = noise(3, 2, 20, 24)
    corners = torch.tensor([[0.0, 0.0], [12.0, 16.0], [5.0, 7.0]])
    patches = interpolate(frames, corners, 8)
    for frame, (y, x), patch in zip(frames, corners.int().tolist(), patches, strict=True):
        torch.testing.assert_close(patch, frame[:, y : y + 8, x : x + 8], rtol=0, atol=0)


def test_it_is_what_the_affine_grid_gives() -> None:
    side, patch = 32, 12
    frames = 2 * noise(4, 3, side, side)
    corners = torch.tensor([[0.0, 0.5], [3.25, 19.75], [20.0, 20.0], [11.1, 6.9]])
    offsets = -1 + (2 * corners + patch) / side
    affine = torch.zeros(4, 2, 3)
    affine[:, 0, 0] = affine[:, 1, 1] = patch / side
    affine[:, 0, 2], affine[:, 1, 2] = offsets[:, 1], offsets[:, 0]
    grid = functional.affine_grid(affine, [4, 3, patch, patch], align_corners=False)
    wanted = functional.grid_sample(frames, grid, align_corners=False)
    torch.testing.assert_close(interpolate(frames, corners, patch), wanted, rtol=0, atol=1e-4)


def test_a_ramp_is_cut_at_its_fraction() -> None:
    frame = (10.0 * torch.arange(16)[:, None] + torch.arange(16))[None, None]
    patch = interpolate(frame, torch.tensor([[2.25, 4.5]]), 3)
    wanted = (10 * (2.25 + torch.arange(3))[:, None] + 4.5 + torch.arange(3))[None, None]
    torch.testing.assert_close(patch, wanted)


def test_a_gradient_reaches_the_corners() -> None:
    frame = (10.0 * torch.arange(16)[:, None] + torch.arange(16))[None, None]
    corners = torch.tensor([[2.25, 4.5]], requires_grad=True)
    torch.autograd.backward(interpolate(frame, corners, 3).mean())
    torch.testing.assert_close(corners.grad, torch.tensor([[10.0, 1.0]]))
