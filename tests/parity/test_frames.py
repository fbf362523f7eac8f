import numpy as np

from foveate.parity.frames import normalised, smooth_frames


def test_frames_are_the_same_every_time_and_differ_within_a_video() -> None:
    first = smooth_frames(2, 4, 32)
    assert first.shape == (2, 4, 32, 32, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, smooth_frames(2, 4, 32))
    assert not np.array_equal(first, smooth_frames(2, 4, 32, seed=1))
    assert np.abs(first[:, 1:].astype(int) - first[:, :-1]).mean() > 1
    assert first.std() > 30


def test_neighbouring_pixels_are_close() -> None:
    frames = smooth_frames(1, 2, 128).astype(int)
    assert np.abs(np.diff(frames, axis=2)).max() < 20


def test_normalising_ends_as_published() -> None:
    pixels = np.full((1, 2, 2, 3), (255, 0, 128), np.uint8)
    planes = normalised(pixels, (0.5, 0.25, 0.0), (0.5, 0.25, 1.0))
    assert planes.shape == (1, 3, 2, 2)
    np.testing.assert_allclose(planes[0, :, 0, 0], [1, -1, 128 / 255], rtol=1e-6)
